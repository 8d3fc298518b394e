// A sum that remembers what rounding took from it: Kahan's algorithm with Neumaier's improvement, as PromQL sums.
// Source: prometheus util/kahansum.
#pragma once

#include <cmath>

namespace varve {

struct KahanSum {
  double sum = 0;
  double compensation = 0;

  void Add(double value) {
    const double total = sum + value;
    if (std::isinf(total)) {
      compensation = 0;
    } else if (std::fabs(sum) >= std::fabs(value)) {
      compensation += (sum - total) + value;
    } else {
      compensation += (value - total) + sum;
    }
    sum = total;
  }
  double Total() const { return sum + compensation; }
};

}  // namespace varve
