// The compensated sums (KahanSum) of all windows of a series. Several windows are added up at a time, as each addition waits for the
// one before: every window's own order of additions, and so its result, stays the same to the bit.
#pragma once

#include <span>
#include <vector>

#include "model/kahan_sum.h"
#include "promql/functions/function.h"

namespace varve::promql {

enum class SumFrom {
  kZero,        // 0 + first + second ...
  kFirstValue,  // first + second ...: tells -0 from 0
};

// One sum a window; 0 for empty ones.
std::vector<KahanSum> SumWindows(std::span<const double> values, std::span<const Window> windows, SumFrom from);

}  // namespace varve::promql
