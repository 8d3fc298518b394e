#include "model/custom_buckets.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "model/histogram_bounds.h"
#include "model/histogram_side.h"
#include "model/kahan_sum.h"
#include "model/span_cursor.h"

namespace varve {
namespace {

// Where a bucket with this upper bound goes: the first of `bounds` that is not below it, or the last bucket, which ends at +Inf.
size_t TargetOf(double upper, const std::vector<double>& bounds) {
  return static_cast<size_t>(std::ranges::lower_bound(bounds, upper) - bounds.begin());
}

// Sums up the buckets of one histogram, in order, up to one bound after the other.
class Rollup {
 public:
  explicit Rollup(const FloatHistogram& histogram)
      : histogram_(histogram), at_(histogram.positive_spans, histogram.positive.size()), more_(at_.Next()) {}

  double UpTo(double bound) {
    double sum = 0;
    while (more_ && BucketBound(at_.index(), kCustomBucketsSchema, histogram_.custom_values) <= bound) {
      sum += histogram_.positive[at_.position()];
      more_ = at_.Next();
    }
    return sum;
  }

 private:
  const FloatHistogram& histogram_;
  SpanCursor at_;
  bool more_;
};

}  // namespace

std::vector<double> SharedBounds(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> shared;
  std::ranges::set_intersection(a, b, std::back_inserter(shared));
  return shared;
}

void AddAtSharedBounds(FloatHistogram& result, FloatHistogram* compensation, const FloatHistogram& other, double sign) {
  std::vector<double> bounds = SharedBounds(result.custom_values, other.custom_values);
  std::vector<KahanSum> merged(bounds.size() + 1);
  const HistogramSide side = PositiveSide(result, compensation);
  for (SpanCursor at(side.spans, side.counts.size()); at.Next();) {
    KahanSum& target = merged[TargetOf(BucketBound(at.index(), kCustomBucketsSchema, result.custom_values), bounds)];
    const KahanSum value = side.At(at.position());
    target.Add(value.sum);
    target.Add(value.compensation);
  }
  for (SpanCursor at(other.positive_spans, other.positive.size()); at.Next();) {
    KahanSum& target = merged[TargetOf(BucketBound(at.index(), kCustomBucketsSchema, other.custom_values), bounds)];
    target.Add(sign * other.positive[at.position()]);
  }
  SideWriter out(compensation != nullptr, merged.size());
  for (size_t i = 0; i < merged.size(); ++i) {
    if (merged[i].sum != 0 || merged[i].compensation != 0) out.Append(static_cast<int64_t>(i), merged[i]);
  }
  out.MoveTo(side);
  result.custom_values = std::move(bounds);
}

bool DecreasedAtSharedBounds(const FloatHistogram& current, const FloatHistogram& previous) {
  Rollup current_rollup(current), previous_rollup(previous);
  const auto decreased_up_to = [&](double bound) { return current_rollup.UpTo(bound) < previous_rollup.UpTo(bound); };
  const std::vector<double>&a = current.custom_values, &b = previous.custom_values;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j] && decreased_up_to(a[i])) return true;
    const bool same = a[i] == b[j], first = a[i] < b[j];
    i += same || first;
    j += same || !first;
  }
  return decreased_up_to(std::numeric_limits<double>::infinity());
}

}  // namespace varve
