// Sums, means and their like of some numbers, computed as plainly as accuracy allows: in 80 bits.
#pragma once

#include <optional>
#include <vector>

#include "promql/testing/reference/reference_value.h"

namespace varve::promql::reference {

double Sum(const std::vector<double>& values);
double Mean(const std::vector<double>& values);
double Variance(const std::vector<double>& values);  // of the population
double Smallest(const std::vector<double>& values);  // NaN only if there is nothing else
double Largest(const std::vector<double>& values);
double Quantile(double q, std::vector<double> values);  // interpolated; -Inf and +Inf for q out of range

// Nothing if exponential and custom buckets are mixed.
std::optional<Value> SumOf(const std::vector<HistogramPtr>& histograms, bool mean);

}  // namespace varve::promql::reference
