#include "promql/functions/quantile.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace varve::promql {

double Quantile(double q, std::span<double> values) {
  if (values.empty() || std::isnan(q)) return std::numeric_limits<double>::quiet_NaN();
  if (q < 0) return -std::numeric_limits<double>::infinity();
  if (q > 1) return std::numeric_limits<double>::infinity();
  const auto less = [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; };
  const double rank = q * static_cast<double>(values.size() - 1);
  const double below = std::floor(rank), weight = rank - below;
  // Only the two neighbours of the rank have to be in their places.
  const auto lower = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), lower, values.end(), less);
  const auto upper = lower + 1 == values.end() ? lower : std::min_element(lower + 1, values.end(), less);
  return *lower * (1 - weight) + *upper * weight;
}

}  // namespace varve::promql
