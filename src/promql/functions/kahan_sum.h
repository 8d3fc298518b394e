// Summation that keeps the bits plain addition loses (Kahan, with Neumaier's improvement).
//
// Source   prometheus util/kahansum; the same order of operations, so that results are equal to the last bit.
#pragma once

#include <cmath>

namespace varve::promql {

// Adds `value` to `sum`, whose lost bits are in `compensation`.
inline void KahanAdd(double value, double& sum, double& compensation) {
  const double total = sum + value;
  if (std::isinf(total)) {
    compensation = 0;
  } else if (std::abs(sum) >= std::abs(value)) {
    compensation += (sum - total) + value;
  } else {
    compensation += (value - total) + sum;
  }
  sum = total;
}

}  // namespace varve::promql
