#include "promql/testing/reference/histogram_functions.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/histogram_buckets.h"

namespace varve::promql::reference {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

// The buckets from low to high, where observations can be: a zero bucket reaches only to the side that has others.
std::vector<HistogramBucket> BucketsOf(const FloatHistogram& histogram) {
  std::vector<HistogramBucket> buckets;
  for (BucketIterator it(histogram, BucketOrder::kAll); it.Next();) {
    HistogramBucket bucket = it.At();
    if (!histogram.uses_custom_buckets() && bucket.lower <= 0 && bucket.upper >= 0) {
      if (histogram.negative.empty() && !histogram.positive.empty()) bucket.lower = 0;
      if (histogram.positive.empty() && !histogram.negative.empty()) bucket.upper = 0;
    }
    buckets.push_back(bucket);
  }
  return buckets;
}

// Where in a bucket `share` of it is passed.
double Place(const HistogramBucket& bucket, double share, bool custom) {
  if (custom || (bucket.lower <= 0 && bucket.upper >= 0)) return bucket.lower + (bucket.upper - bucket.lower) * share;
  const double low = std::log2(std::fabs(bucket.lower)), high = std::log2(std::fabs(bucket.upper));
  return bucket.lower > 0 ? std::exp2(low + (high - low) * share) : -std::exp2(high + (low - high) * (1 - share));
}

// A share of the observations up to a value, from cumulative counts.
struct RankedBucket {
  double lower, upper;
  double below, up_to;  // observations
  bool linear;
};

double RankOf(double value, const std::vector<RankedBucket>& buckets, double total) {
  for (const RankedBucket& bucket : buckets) {
    if (bucket.lower >= value) return std::min(bucket.below, total);
    if (bucket.upper <= value) continue;
    if (std::isinf(bucket.lower)) return std::min(bucket.up_to, total);
    if (std::isinf(bucket.upper)) return std::min(bucket.below, total);
    double share = (value - bucket.lower) / (bucket.upper - bucket.lower);
    if (!bucket.linear) {
      const double low = std::log2(std::fabs(bucket.lower)), high = std::log2(std::fabs(bucket.upper));
      share = (std::log2(std::fabs(value)) - low) / (high - low);
    }
    return std::min(bucket.below + (bucket.up_to - bucket.below) * share, total);
  }
  return total;
}

double FractionOf(double lower, double upper, const std::vector<RankedBucket>& buckets, double total) {
  if (total == 0 || std::isnan(lower) || std::isnan(upper)) return NAN;
  if (lower >= upper) return 0;
  return (RankOf(upper, buckets, total) - RankOf(lower, buckets, total)) / total;
}

void SortAndJoin(std::vector<ClassicBucket>& buckets) {
  std::ranges::sort(buckets, {}, &ClassicBucket::bound);
  std::vector<ClassicBucket> joined;
  for (const ClassicBucket& bucket : buckets) {
    if (!joined.empty() && joined.back().bound == bucket.bound) {
      joined.back().count += bucket.count;
    } else {
      joined.push_back(bucket);
    }
  }
  buckets = std::move(joined);
}

bool AlmostEqual(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::fabs(a - b) <= 1e-12 * (std::fabs(a) + std::fabs(b));
}

// Counts cannot fall; differences of rounding are none.
void MakeMonotonic(std::vector<ClassicBucket>& buckets) {
  for (size_t i = 1; i < buckets.size(); ++i) {
    const double before = buckets[i - 1].count;
    if (buckets[i].count < before || AlmostEqual(before, buckets[i].count)) buckets[i].count = before;
  }
}

}  // namespace

double QuantileOf(double q, const FloatHistogram& histogram) {
  if (q < 0) return -kInf;
  if (q > 1) return kInf;
  if (histogram.count == 0 || std::isnan(q)) return NAN;
  std::vector<HistogramBucket> buckets = BucketsOf(histogram);
  std::erase_if(buckets, [](const HistogramBucket& bucket) { return bucket.count == 0; });
  // Counted from the nearer end, which rounds less.
  const bool from_below = std::isnan(histogram.sum) || q < 0.5;
  if (!from_below) std::ranges::reverse(buckets);
  const double rank = (from_below ? q : 1 - q) * histogram.count;
  double count = 0;
  HistogramBucket hit;
  for (const HistogramBucket& bucket : buckets) {
    hit = bucket;
    count += bucket.count;
    if (count >= rank) break;
  }
  const bool custom = histogram.uses_custom_buckets();
  if (custom && hit.lower == -kInf) {
    if (hit.upper <= 0) return hit.upper;
    hit.lower = 0;
  } else if (custom && hit.upper == kInf) {
    return hit.lower;
  }
  count = std::min(count, histogram.count);
  if (count < rank) return std::isnan(histogram.sum) ? NAN : hit.upper;  // no bucket counts observations of NaN
  const double within = from_below ? rank - (count - hit.count) : count - rank;
  return Place(hit, within / hit.count, custom);
}

double FractionOf(double lower, double upper, const FloatHistogram& histogram) {
  std::vector<RankedBucket> ranked;
  double below = 0;
  for (const HistogramBucket& bucket : BucketsOf(histogram)) {
    const bool around_zero = bucket.lower <= 0 && bucket.upper >= 0;
    RankedBucket next = {bucket.lower, bucket.upper, below, below + bucket.count, histogram.uses_custom_buckets() || around_zero};
    if (histogram.uses_custom_buckets() && around_zero && histogram.negative.empty()) next.lower = 0;
    below = next.up_to;
    ranked.push_back(next);
  }
  return FractionOf(lower, upper, ranked, histogram.count);
}

double VarianceOf(const FloatHistogram& histogram) {
  const double mean = histogram.sum / histogram.count;
  long double sum = 0;
  for (BucketIterator it(histogram, BucketOrder::kAll); it.Next();) {
    const HistogramBucket& bucket = it.At();
    if (bucket.count == 0) continue;
    double middle = 0;
    if (histogram.uses_custom_buckets()) {
      middle = (bucket.upper + bucket.lower) / 2;
    } else if (bucket.lower > 0 || bucket.upper < 0) {
      middle = std::copysign(std::sqrt(bucket.upper * bucket.lower), bucket.upper);
    }
    const double distance = middle - mean;
    sum += bucket.count * distance * distance;
  }
  return static_cast<double>(sum) / histogram.count;
}

double QuantileOf(double q, std::vector<ClassicBucket> buckets) {
  if (std::isnan(q)) return NAN;
  if (q < 0) return -kInf;
  if (q > 1) return kInf;
  SortAndJoin(buckets);
  if (buckets.back().bound != kInf) return NAN;
  MakeMonotonic(buckets);
  if (buckets.size() < 2 || buckets.back().count == 0) return NAN;
  const double rank = q * buckets.back().count;
  size_t hit = 0;
  while (hit + 1 < buckets.size() && !(buckets[hit].count >= rank)) ++hit;
  if (hit + 1 == buckets.size()) return buckets[hit - 1].bound;
  if (hit == 0 && buckets[0].bound <= 0) return buckets[0].bound;
  const double begin = hit == 0 ? 0 : buckets[hit - 1].bound, below = hit == 0 ? 0 : buckets[hit - 1].count;
  return begin + (buckets[hit].bound - begin) * ((rank - below) / (buckets[hit].count - below));
}

double FractionOf(double lower, double upper, std::vector<ClassicBucket> buckets) {
  SortAndJoin(buckets);
  if (buckets.back().bound != kInf) return NAN;
  std::vector<RankedBucket> ranked;
  double begin = buckets[0].bound > 0 ? 0 : -kInf, below = 0;
  for (const ClassicBucket& bucket : buckets) {
    ranked.push_back({begin, bucket.bound, below, bucket.count, true});
    begin = bucket.bound;
    below = bucket.count;
  }
  return FractionOf(lower, upper, ranked, buckets.back().count);
}

}  // namespace varve::promql::reference
