#include "promql/functions/classic_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace varve::promql {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
// Differences of neighbours below this share of their sum come from rounding.
constexpr double kSmallDifference = 1e-12;

// Sorts by bound and adds up buckets of equal bounds. False without a +Inf bucket.
bool SortAndJoin(std::vector<ClassicBucket>& buckets) {
  std::sort(buckets.begin(), buckets.end(),
            [](const ClassicBucket& a, const ClassicBucket& b) { return a.upper_bound < b.upper_bound; });
  if (buckets.back().upper_bound != kInf) return false;
  size_t last = 0;
  for (size_t i = 1; i < buckets.size(); ++i) {
    if (buckets[i].upper_bound == buckets[last].upper_bound) {
      buckets[last].count += buckets[i].count;
    } else {
      buckets[++last] = buckets[i];
    }
  }
  buckets.resize(last + 1);
  return true;
}

bool AlmostEqual(double a, double b) {
  if (a == b) return true;
  const double sum = std::fabs(a) + std::fabs(b), difference = std::fabs(a - b);
  if (a == 0 || b == 0 || sum < std::numeric_limits<double>::min()) {
    return difference < kSmallDifference * std::numeric_limits<double>::min();
  }
  return difference / std::min(sum, std::numeric_limits<double>::max()) < kSmallDifference;
}

// Cumulative counts never fall; where they do, the larger one is kept.
std::optional<LiftedBuckets> MakeMonotonic(std::vector<ClassicBucket>& buckets) {
  LiftedBuckets lifted{kInf, -kInf, 0};
  bool any = false;
  double highest = buckets[0].count;
  for (size_t i = 1; i < buckets.size(); ++i) {
    const double count = buckets[i].count;
    if (count == highest) continue;
    if (AlmostEqual(highest, count)) {
      buckets[i].count = highest;
    } else if (count < highest) {
      buckets[i].count = highest;
      any = true;
      lifted.min_bound = std::min(lifted.min_bound, buckets[i].upper_bound);
      lifted.max_bound = std::max(lifted.max_bound, buckets[i].upper_bound);
      lifted.difference_max = std::max(lifted.difference_max, highest - count);
    } else {
      highest = count;
    }
  }
  return any ? std::optional(lifted) : std::nullopt;
}

}  // namespace

ClassicQuantile QuantileOfBuckets(double q, std::vector<ClassicBucket>& buckets) {
  if (std::isnan(q)) return {kNan, {}};
  if (q < 0) return {-kInf, {}};
  if (q > 1) return {kInf, {}};
  if (!SortAndJoin(buckets)) return {kNan, {}};
  const std::optional<LiftedBuckets> lifted = MakeMonotonic(buckets);
  const double observations = buckets.back().count;
  if (buckets.size() < 2 || observations == 0) return {kNan, lifted};

  double rank = q * observations;
  const auto last = buckets.end() - 1;
  // The first bucket that is not known to be below the rank; with NaN counts none is.
  const auto found =
      std::partition_point(buckets.begin(), last, [rank](const ClassicBucket& bucket) { return !(bucket.count >= rank); });
  if (found == last) return {buckets[buckets.size() - 2].upper_bound, lifted};
  if (found == buckets.begin() && found->upper_bound <= 0) return {found->upper_bound, lifted};
  double start = 0, count = found->count;
  if (found != buckets.begin()) {
    start = (found - 1)->upper_bound;
    count -= (found - 1)->count;
    rank -= (found - 1)->count;
  }
  return {start + (found->upper_bound - start) * (rank / count), lifted};
}

double FractionOfBuckets(double lower, double upper, std::vector<ClassicBucket>& buckets) {
  if (!SortAndJoin(buckets)) return kNan;
  const double count = buckets.back().count;
  if (count == 0 || std::isnan(lower) || std::isnan(upper)) return kNan;
  if (lower >= upper) return 0;

  // The number of observations below `value`, as far as the buckets tell; nothing beyond the last finite bound.
  const auto rank_of = [&](double value) -> std::optional<double> {
    double rank = 0;
    double bucket_lower = buckets[0].upper_bound <= 0 ? -kInf : 0;
    for (const ClassicBucket& bucket : buckets) {
      if (bucket_lower >= value) return rank;
      if (bucket.upper_bound > value) {
        if (bucket_lower == -kInf) return bucket.count;
        return rank + (bucket.count - rank) * (value - bucket_lower) / (bucket.upper_bound - bucket_lower);
      }
      rank = bucket.count;
      bucket_lower = bucket.upper_bound;
    }
    return std::nullopt;
  };
  const auto bounded = [count](std::optional<double> rank) { return !rank.has_value() || *rank > count ? count : *rank; };
  return (bounded(rank_of(upper)) - bounded(rank_of(lower))) / count;
}

}  // namespace varve::promql
