// Quantiles, fractions and moments of histograms, native and classic.
#pragma once

#include <vector>

#include "promql/testing/reference/reference_value.h"

namespace varve::promql::reference {

struct ClassicBucket {
  double bound = 0;
  double count = 0;  // of all observations up to the bound
};

double QuantileOf(double q, const FloatHistogram& histogram);
double FractionOf(double lower, double upper, const FloatHistogram& histogram);
double VarianceOf(const FloatHistogram& histogram);

double QuantileOf(double q, std::vector<ClassicBucket> buckets);
double FractionOf(double lower, double upper, std::vector<ClassicBucket> buckets);

}  // namespace varve::promql::reference
