#include "model/histogram_trim.h"

#include <cmath>
#include <limits>
#include <optional>

#include "model/histogram_arithmetic.h"
#include "model/histogram_buckets.h"

namespace varve {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// What stays of a bucket: how many observations, and where they lie on average.
struct Kept {
  double count = 0;
  double middle = 0;
};

double ZeroIfInfinite(double value) { return std::isinf(value) ? 0 : value; }

double Middle(double lower, double upper, bool positive, bool linear) {
  if (std::isinf(lower) && std::isinf(upper)) return 0;
  if (std::isinf(lower)) return upper > 0 ? upper / 2 : upper;
  if (std::isinf(upper)) return lower;
  if (linear) return (lower + upper) / 2;
  const double middle = std::sqrt(std::fabs(lower * upper));
  return positive ? middle : -middle;
}

// The trim of one histogram, with what is needed of it at each bucket.
class Trim {
 public:
  Trim(FloatHistogram& histogram, double value, bool keep_below)
      : histogram_(histogram), value_(value), keep_below_(keep_below), linear_(histogram.uses_custom_buckets()) {}

  void Run() {
    const bool has_positive = TrimSide(/*positive=*/true);
    const bool has_negative = TrimSide(/*positive=*/false);
    if (histogram_.zero_count > 0) TrimZeroBucket(has_positive, has_negative);
    if (!changed_) return;
    histogram_.count = count_;
    histogram_.sum = sum_;
    CompactHistogram(histogram_);
  }

 private:
  void Take(const Kept& kept, double& count) {
    count_ += kept.count;
    sum_ += kept.middle * kept.count;
    changed_ |= count != kept.count;
    count = kept.count;
  }

  // True if the side has an observation.
  bool TrimSide(bool positive) {
    std::vector<double>& counts = positive ? histogram_.positive : histogram_.negative;
    bool populated = false;
    size_t i = 0;
    for (BucketIterator it(histogram_, positive ? BucketOrder::kPositive : BucketOrder::kNegative); it.Next(); ++i) {
      if (counts[i] == 0) continue;
      populated = true;
      Take(Keep(it.At(), positive), counts[i]);
    }
    return populated;
  }

  Kept Keep(const HistogramBucket& bucket, bool positive) const {
    const bool stays = keep_below_ ? bucket.upper <= value_ : bucket.lower >= value_;
    if (stays) return {bucket.count, Middle(bucket.lower, bucket.upper, positive, linear_)};
    const bool is_cut = keep_below_ ? bucket.lower < value_ : bucket.upper > value_;
    if (!is_cut) return {};
    if (bucket.lower == -kInfinity) return KeepOfFirst(bucket);
    if (bucket.upper == kInfinity) return KeepOfLast(bucket);
    const double below = bucket.count * bucket.FractionBelow(value_, linear_);
    if (keep_below_) return {below, Middle(bucket.lower, value_, positive, linear_)};
    return {bucket.count - below, Middle(value_, bucket.upper, positive, linear_)};
  }

  // Of the bucket from -Inf that holds the value. Where observations lie in it is anyone's guess; if it ends above zero they are
  // taken to be positive (only custom buckets do that), else they stay below and go above.
  Kept KeepOfFirst(const HistogramBucket& bucket) const {
    const bool ends_above_zero = bucket.upper > 0 && bucket.upper != kInfinity;
    if (keep_below_) {
      if (ends_above_zero && value_ > 0) return {bucket.count * value_ / bucket.upper, value_ / 2};
      if (bucket.upper <= 0) return {bucket.count, value_};
    } else if (ends_above_zero && value_ >= 0) {
      return {bucket.count * (1 - value_ / bucket.upper), (value_ + bucket.upper) / 2};
    }
    return {0, ZeroIfInfinite(bucket.upper)};
  }

  // Of the bucket to +Inf that holds the value: its observations go if they must be below, and stay if they must be above.
  Kept KeepOfLast(const HistogramBucket& bucket) const {
    return keep_below_ ? Kept{0, ZeroIfInfinite(bucket.lower)} : Kept{bucket.count, value_};
  }

  // A histogram without negative (positive) observations has none in that half of its zero bucket either.
  void TrimZeroBucket(bool has_positive, bool has_negative) {
    const double lower = has_positive && !has_negative ? 0 : -histogram_.zero_threshold;
    const double upper = has_negative && !has_positive ? 0 : histogram_.zero_threshold;
    Take(KeepOfZeroBucket(lower, upper), histogram_.zero_count);
  }

  Kept KeepOfZeroBucket(double lower, double upper) const {
    const Kept all{histogram_.zero_count, (lower + upper) / 2};
    if (value_ <= lower) return keep_below_ ? Kept{} : all;
    if (value_ >= upper) return keep_below_ ? all : Kept{};
    const double fraction = (keep_below_ ? value_ - lower : upper - value_) / (upper - lower);
    return {histogram_.zero_count * fraction, (keep_below_ ? lower + value_ : value_ + upper) / 2};
  }

  FloatHistogram& histogram_;
  const double value_;
  const bool keep_below_;
  const bool linear_;
  double count_ = 0;
  double sum_ = 0;
  bool changed_ = false;
};

}  // namespace

void KeepBelow(FloatHistogram& histogram, double value) { Trim(histogram, value, /*keep_below=*/true).Run(); }
void KeepAbove(FloatHistogram& histogram, double value) { Trim(histogram, value, /*keep_below=*/false).Run(); }

}  // namespace varve
