// min_over_time and max_over_time, and when the extreme was reached.
//
// Source   prometheus promql/functions.go, compareOverTime: a NaN is left behind for any number, the timestamp is that of the last
// sample that is as extreme.
#include <cmath>
#include <functional>

#include "promql/functions/float_windows.h"
#include "promql/functions/function_tables.h"

namespace varve::promql {
namespace {

template <typename Better>
absl::Status Extreme(const RangeInput& input, StepSeries& out, Annotations& annotations) {
  FoldFloatWindows(input, 1, out, annotations, [better = Better()](const FloatWindow& window) {
    double best = window.values[0];
    for (const double value : window.values) {
      if (better(value, best) || std::isnan(best)) best = value;
    }
    return best;
  });
  return absl::OkStatus();
}

template <typename BetterOrEqual>
absl::Status TimeOfExtreme(const RangeInput& input, StepSeries& out, Annotations& annotations) {
  FoldFloatWindows(input, 1, out, annotations, [better = BetterOrEqual()](const FloatWindow& window) {
    size_t best = 0;
    for (size_t i = 0; i < window.values.size(); ++i) {
      if (better(window.values[i], window.values[best]) || std::isnan(window.values[best])) best = i;
    }
    return static_cast<double>(window.times[best]) / 1000;
  });
  return absl::OkStatus();
}

constexpr FunctionImpl kFunctions[] = {
    {.name = "max_over_time", .range = Extreme<std::greater<>>},
    {.name = "min_over_time", .range = Extreme<std::less<>>},
    {.name = "ts_of_max_over_time", .range = TimeOfExtreme<std::greater_equal<>>},
    {.name = "ts_of_min_over_time", .range = TimeOfExtreme<std::less_equal<>>},
};

}  // namespace

std::span<const FunctionImpl> ExtremeFunctions() { return kFunctions; }

}  // namespace varve::promql
