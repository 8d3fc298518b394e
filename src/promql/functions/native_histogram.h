// Quantiles, fractions and spread of native histograms.
//
// Shape    within an exponential bucket values are taken to lie evenly on a logarithmic scale; within custom buckets and the zero
//          bucket on a linear one.
// Source   prometheus promql/quantile.go, HistogramQuantile and HistogramFraction; the same order of operations.
#pragma once

#include "model/histogram.h"

namespace varve::promql {

// What NaN observations, which are in the count and in no bucket, did to a result.
enum class NanEffect { kNone, kResultIsNan, kSkewed };

struct NativeResult {
  double value;
  NanEffect nans = NanEffect::kNone;
};

NativeResult QuantileOfHistogram(double q, const FloatHistogram& histogram);
// The share of observations between two bounds.
NativeResult FractionOfHistogram(double lower, double upper, const FloatHistogram& histogram);
double VarianceOfHistogram(const FloatHistogram& histogram);

}  // namespace varve::promql
