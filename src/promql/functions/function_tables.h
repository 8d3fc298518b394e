// Every file of functions is listed here once, and in registry.cc.
#pragma once

#include <span>

#include "promql/functions/function.h"

namespace varve::promql {

std::span<const FunctionImpl> DateFunctions();      // hour, day_of_week, ...
std::span<const FunctionImpl> MathFunctions();      // abs, round, clamp, ln, sin, ...
std::span<const FunctionImpl> OverTimeFunctions();  // sum_over_time, ...
std::span<const FunctionImpl> RateFunctions();      // rate, increase, delta
std::span<const FunctionImpl> ScalarFunctions();    // time, pi, vector, ...

}  // namespace varve::promql
