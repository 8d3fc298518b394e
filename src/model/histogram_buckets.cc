#include "model/histogram_buckets.h"

#include <cmath>

#include "base/float_text.h"
#include "model/histogram_bounds.h"

namespace varve {
namespace {

bool IsReverse(BucketOrder order) { return order == BucketOrder::kPositiveReverse || order == BucketOrder::kNegativeReverse; }
bool IsAll(BucketOrder order) { return order == BucketOrder::kAll || order == BucketOrder::kAllReverse; }

}  // namespace

double HistogramBucket::FractionBelow(double value, bool linear) const {
  if (linear) return (value - lower) / (upper - lower);
  const double log_lower = std::log2(std::fabs(lower));
  const double log_upper = std::log2(std::fabs(upper));
  const double log_value = std::log2(std::fabs(value));
  if (value > 0) return (log_value - log_lower) / (log_upper - log_lower);
  return 1 - (log_value - log_upper) / (log_lower - log_upper);
}

std::string HistogramBucket::ToString() const {
  std::string out(1, lower_inclusive ? '[' : '(');
  AppendFloatGeneral(out, lower);
  out.push_back(',');
  AppendFloatGeneral(out, upper);
  out.append(upper_inclusive ? "]:" : "):");
  AppendFloatGeneral(out, count);
  return out;
}

HistogramBucket ZeroBucket(const FloatHistogram& histogram) {
  return {-histogram.zero_threshold, histogram.zero_threshold, true, true, histogram.zero_count, 0};
}

HistogramBucket BucketAt(const FloatHistogram& histogram, bool positive, int64_t index, double count) {
  const double bound = BucketBound(index, histogram.schema, histogram.custom_values);
  const double bound_before = BucketBound(index - 1, histogram.schema, histogram.custom_values);
  HistogramBucket bucket{.count = count, .index = static_cast<int32_t>(index)};
  bucket.lower = positive ? bound_before : -bound;
  bucket.upper = positive ? bound : -bound_before;
  bucket.lower_inclusive = histogram.uses_custom_buckets() ? index == 0 : bucket.lower < 0;
  bucket.upper_inclusive = histogram.uses_custom_buckets() || bucket.upper > 0;
  return bucket;
}

BucketIterator::BucketIterator(const FloatHistogram& histogram, BucketOrder order)
    : histogram_(histogram),
      inwards_positive_(order == BucketOrder::kPositiveReverse || order == BucketOrder::kAllReverse),
      outwards_positive_(order == BucketOrder::kPositive || order == BucketOrder::kAll),
      all_(IsAll(order)),
      inwards_(inwards_positive_ ? histogram.positive_spans : histogram.negative_spans,
               inwards_positive_ ? histogram.positive.size() : histogram.negative.size()),
      outwards_(outwards_positive_ ? histogram.positive_spans : histogram.negative_spans,
                outwards_positive_ ? histogram.positive.size() : histogram.negative.size()),
      part_(all_ || IsReverse(order) ? Part::kInwards : Part::kOutwards) {}

bool BucketIterator::NextInwards() {
  if (!inwards_.Next()) return false;
  const std::vector<double>& counts = inwards_positive_ ? histogram_.positive : histogram_.negative;
  bucket_ = BucketAt(histogram_, inwards_positive_, inwards_.index(), counts[inwards_.position()]);
  return true;
}

bool BucketIterator::NextOutwards() {
  if (!outwards_.Next()) return false;
  const std::vector<double>& counts = outwards_positive_ ? histogram_.positive : histogram_.negative;
  bucket_ = BucketAt(histogram_, outwards_positive_, outwards_.index(), counts[outwards_.position()]);
  return true;
}

void BucketIterator::CutAtZeroThreshold() {
  const double threshold = histogram_.zero_threshold;
  if (bucket_.upper < 0 && bucket_.upper > -threshold) {
    bucket_.upper = -threshold;
  } else if (bucket_.lower > 0 && bucket_.lower < threshold) {
    bucket_.lower = threshold;
  }
}

bool BucketIterator::Next() {
  if (!all_) return part_ == Part::kInwards ? NextInwards() : NextOutwards();
  if (part_ == Part::kInwards) {
    if (NextInwards()) return CutAtZeroThreshold(), true;
    part_ = Part::kZero;
  }
  if (part_ == Part::kZero) {
    part_ = Part::kOutwards;
    if (histogram_.zero_count > 0) {
      bucket_ = ZeroBucket(histogram_);
      return true;
    }
  }
  if (!NextOutwards()) return false;
  CutAtZeroThreshold();
  return true;
}

}  // namespace varve
