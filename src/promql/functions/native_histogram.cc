#include "promql/functions/native_histogram.h"

#include <cmath>
#include <limits>
#include <optional>

#include "model/histogram_buckets.h"
#include "model/kahan_sum.h"

namespace varve::promql {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

// A zero bucket of a histogram with one side only begins, or ends, at zero.
void ClipToKnownSide(const FloatHistogram& histogram, HistogramBucket& bucket) {
  if (histogram.negative.empty() && !histogram.positive.empty()) {
    bucket.lower = 0;
  } else if (histogram.positive.empty() && !histogram.negative.empty()) {
    bucket.upper = 0;
  }
}

double ValueAt(const FloatHistogram& histogram, const HistogramBucket& bucket, double fraction) {
  if (histogram.uses_custom_buckets() || (bucket.lower <= 0 && bucket.upper >= 0)) {
    return bucket.lower + (bucket.upper - bucket.lower) * fraction;
  }
  const double log_lower = std::log2(std::fabs(bucket.lower)), log_upper = std::log2(std::fabs(bucket.upper));
  if (bucket.lower > 0) return std::exp2(log_lower + (log_upper - log_lower) * fraction);
  return -std::exp2(log_upper + (log_lower - log_upper) * (1 - fraction));
}

}  // namespace

NativeResult QuantileOfHistogram(double q, const FloatHistogram& histogram) {
  if (q < 0) return {-kInf};
  if (q > 1) return {kInf};
  if (histogram.count == 0 || std::isnan(q)) return {kNan};

  // From the nearer end, unless NaN observations make the upper end unknown.
  const bool has_nans = std::isnan(histogram.sum);
  const bool forwards = has_nans || q < 0.5;
  double rank = (forwards ? q : 1 - q) * histogram.count;
  BucketIterator it(histogram, forwards ? BucketOrder::kAll : BucketOrder::kAllReverse);
  HistogramBucket bucket;
  double count = 0;
  while (it.Next()) {
    bucket = it.At();
    if (bucket.count == 0) continue;
    count += bucket.count;
    if (count >= rank) break;
  }
  if (histogram.uses_custom_buckets()) {
    if (bucket.lower == -kInf) {
      if (bucket.upper <= 0) return {bucket.upper};
      bucket.lower = 0;
    } else if (bucket.upper == kInf) {
      return {bucket.lower};
    }
  } else if (bucket.lower < 0 && bucket.upper > 0) {
    ClipToKnownSide(histogram, bucket);
  }
  if (count > histogram.count) count = histogram.count;
  if (count < rank) return has_nans ? NativeResult{kNan, NanEffect::kResultIsNan} : NativeResult{bucket.upper};
  rank = forwards ? rank - (count - bucket.count) : count - rank;

  NanEffect effect = NanEffect::kNone;
  HistogramBucket found = bucket;
  if (has_nans) {
    // As upstream has it, the bucket in hand moves on while the rest is counted.
    while (it.Next()) {
      found = it.At();
      count += found.count;
    }
    if (count < histogram.count) effect = NanEffect::kSkewed;
  }
  return {ValueAt(histogram, found, rank / found.count), effect};
}

NativeResult FractionOfHistogram(double lower, double upper, const FloatHistogram& histogram) {
  if (histogram.count == 0 || std::isnan(lower) || std::isnan(upper)) return {kNan};
  if (lower >= upper) return {0};

  double rank = 0, count = 0;
  std::optional<double> lower_rank, upper_rank;
  BucketIterator it(histogram, BucketOrder::kAll);
  while (!(lower_rank.has_value() && upper_rank.has_value()) && it.Next()) {
    HistogramBucket bucket = it.At();
    count += bucket.count;
    const bool around_zero = bucket.lower <= 0 && bucket.upper >= 0;
    if (around_zero) ClipToKnownSide(histogram, bucket);
    const bool linear = histogram.uses_custom_buckets() || around_zero;
    const auto settle = [&](double value, std::optional<double>& at) {
      if (at.has_value()) return;
      if (bucket.lower >= value) {
        at = rank;
      } else if (bucket.upper > value) {
        // An infinitely wide bucket cannot be cut; all of it is taken to lie at its finite end.
        at = linear && bucket.lower == -kInf ? bucket.count : rank + bucket.count * bucket.FractionBelow(value, linear);
      }
    };
    settle(lower, lower_rank);
    settle(upper, upper_rank);
    rank += bucket.count;
  }
  NanEffect effect = NanEffect::kNone;
  if (std::isnan(histogram.sum)) {
    while (it.Next()) count += it.At().count;
    if (count < histogram.count) effect = NanEffect::kSkewed;
  } else {
    count = histogram.count;
  }
  const auto bounded = [count](std::optional<double> at) { return !at.has_value() || *at > count ? count : *at; };
  return {(bounded(upper_rank) - bounded(lower_rank)) / histogram.count, effect};
}

double VarianceOfHistogram(const FloatHistogram& histogram) {
  const double mean = histogram.sum / histogram.count;
  KahanSum sum;
  for (BucketIterator it(histogram, BucketOrder::kAll); it.Next();) {
    const HistogramBucket& bucket = it.At();
    if (bucket.count == 0) continue;
    double value = 0;  // of the zero bucket
    if (histogram.uses_custom_buckets()) {
      value = (bucket.upper + bucket.lower) / 2;
    } else if (!(bucket.lower <= 0 && bucket.upper >= 0)) {
      value = std::sqrt(bucket.upper * bucket.lower);
      if (bucket.upper < 0) value = -value;
    }
    const double distance = value - mean;
    sum.Add(bucket.count * distance * distance);
  }
  return sum.Total() / histogram.count;
}

}  // namespace varve::promql
