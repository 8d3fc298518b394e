// The q-quantile of plain numbers, as quantile() and quantile_over_time() have it.
#pragma once

#include <span>

namespace varve::promql {

// Reorders `values`. NaN for no values or a NaN `q`, -Inf below 0, +Inf above 1; a NaN among the values counts as the smallest.
// Between two values the result is interpolated.
// Source: prometheus promql/quantile.go, quantile.
double Quantile(double q, std::span<double> values);

}  // namespace varve::promql
