#include "model/histogram_reset.h"

#include <algorithm>

#include "model/custom_buckets.h"
#include "model/histogram_bounds.h"
#include "model/histogram_side.h"
#include "model/span_cursor.h"
#include "model/zero_bucket.h"

namespace varve {
namespace {

// The buckets of a side as they are at a schema not finer than its own, without those inside the zero bucket.
class MergedBuckets {
 public:
  MergedBuckets(const ConstHistogramSide& side, int32_t schema, int32_t target_schema, double zero_threshold)
      : side_(side), at_(side.spans, side.counts.size()), schema_(schema), target_schema_(target_schema), more_(at_.Next()) {
    if (target_schema == kCustomBucketsSchema) return;
    while (more_ && ExponentialBound(TargetIndex(), target_schema) <= zero_threshold) more_ = at_.Next();
  }

  bool Next() {
    if (!more_) return false;
    index_ = TargetIndex();
    count_ = 0;
    for (; more_ && TargetIndex() == index_; more_ = at_.Next()) count_ += side_.counts[at_.position()];
    return true;
  }
  int64_t index() const { return index_; }
  double count() const { return count_; }

 private:
  int64_t TargetIndex() const {
    return schema_ == target_schema_ ? at_.index() : IndexAtSchema(at_.index(), schema_, target_schema_);
  }
  ConstHistogramSide side_;
  SpanCursor at_;
  int32_t schema_, target_schema_;
  bool more_;
  int64_t index_ = 0;
  double count_ = 0;
};

bool Decreased(MergedBuckets current, MergedBuckets previous) {
  bool has_current = current.Next();
  while (previous.Next()) {
    while (has_current && current.index() < previous.index()) has_current = current.Next();
    const bool is_there = has_current && current.index() == previous.index();
    if (is_there ? current.count() < previous.count() : previous.count() != 0) return true;
  }
  return false;
}

// The common case: both have the same buckets.
bool DecreasedInPlace(std::span<const double> current, std::span<const double> previous) {
  bool decreased = false;
  for (size_t i = 0; i < current.size(); ++i) decreased |= current[i] < previous[i];
  return decreased;
}

bool SideDecreased(const FloatHistogram& current, const ConstHistogramSide& now, const FloatHistogram& previous,
                   const ConstHistogramSide& before) {
  if (current.schema == previous.schema && now.counts.size() == before.counts.size() &&
      std::ranges::equal(now.spans, before.spans)) {
    const size_t skip = current.uses_custom_buckets() ? 0 : BucketsWithin(now, current.schema, current.zero_threshold);
    return DecreasedInPlace(now.counts.subspan(skip), before.counts.subspan(skip));
  }
  return Decreased(MergedBuckets(now, current.schema, current.schema, current.zero_threshold),
                   MergedBuckets(before, previous.schema, current.schema, current.zero_threshold));
}

}  // namespace

bool DetectReset(const FloatHistogram& current, const FloatHistogram& previous) {
  if (current.reset_hint == CounterResetHint::kReset) return true;
  if (current.reset_hint == CounterResetHint::kNotReset) return false;
  if (current.count < previous.count) return true;
  if (current.uses_custom_buckets() != previous.uses_custom_buckets()) return true;
  if (current.uses_custom_buckets() && current.custom_values != previous.custom_values) {
    return DecreasedAtSharedBounds(current, previous);
  }
  if (current.schema > previous.schema || current.zero_threshold < previous.zero_threshold) return true;
  if (!current.uses_custom_buckets()) {
    const WidenedZeroBucket zero = WidenZeroBucket(previous, nullptr, current.zero_threshold);
    if (zero.threshold != current.zero_threshold || current.zero_count < zero.count.sum) return true;
  }
  return SideDecreased(current, PositiveSide(current), previous, PositiveSide(previous)) ||
         SideDecreased(current, NegativeSide(current), previous, NegativeSide(previous));
}

}  // namespace varve
