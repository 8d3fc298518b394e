// The smaller and the larger of two floats as Go's math.Min and math.Max have it: an infinity that nothing can beat wins, then a NaN
// on either side.
#pragma once

#include <cmath>
#include <limits>

namespace varve::promql {

inline double MaxOrNan(double a, double b) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  if (a == kInf || b == kInf) return kInf;
  return std::isnan(a) || std::isnan(b) ? std::numeric_limits<double>::quiet_NaN() : std::fmax(a, b);
}
inline double MinOrNan(double a, double b) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  if (a == -kInf || b == -kInf) return -kInf;
  return std::isnan(a) || std::isnan(b) ? std::numeric_limits<double>::quiet_NaN() : std::fmin(a, b);
}

}  // namespace varve::promql
