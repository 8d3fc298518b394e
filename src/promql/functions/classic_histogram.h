// Quantiles and fractions of classic histograms: cumulative counts under upper bounds, the `le` label.
//
// Source   prometheus promql/quantile.go, BucketQuantile and BucketFraction; the same order of operations.
#pragma once

#include <optional>
#include <vector>

namespace varve::promql {

struct ClassicBucket {
  double upper_bound = 0;
  double count = 0;  // of all observations up to the bound
};

// Counts fell from one bucket to the next and were lifted: in which range of bounds, and how far.
struct LiftedBuckets {
  double min_bound, max_bound, difference_max;
};

struct ClassicQuantile {
  double value;
  std::optional<LiftedBuckets> lifted;
};

// Both sort and repair `buckets`, which is not empty. NaN without a +Inf bucket or without observations.
ClassicQuantile QuantileOfBuckets(double q, std::vector<ClassicBucket>& buckets);
double FractionOfBuckets(double lower, double upper, std::vector<ClassicBucket>& buckets);

}  // namespace varve::promql
