// Every file of functions is listed here once, and in registry.cc.
#pragma once

#include <span>

#include "promql/functions/function.h"

namespace varve::promql {

std::span<const FunctionImpl> RateFunctions();      // rate, increase, delta
std::span<const FunctionImpl> OverTimeFunctions();  // sum_over_time, ...

}  // namespace varve::promql
