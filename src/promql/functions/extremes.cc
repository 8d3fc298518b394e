// min_over_time and max_over_time, and when the extreme was reached.
//
// Source   prometheus promql/functions.go, compareOverTime: a NaN is left behind for any number, the timestamp is that of the last
// sample that is as extreme.
#include <cmath>
#include <functional>

#include "promql/functions/float_windows.h"
#include "promql/functions/function_tables.h"
#include "promql/functions/sliding_fold.h"

namespace varve::promql {
namespace {

// Of equal ones (0 and -0) the first stays.
template <typename Better>
struct BetterOf {
  double operator()(double first, double second) const { return Better()(second, first) || std::isnan(first) ? second : first; }
};

template <typename Better>
absl::Status Extreme(const RangeInput& input, StepSeries& out, Annotations& annotations) {
  if (OverlapMuch(input.windows, input.values.size())) {
    SlidingFold<BetterOf<Better>> fold(input.values);
    FoldFloatWindows(input, 1, out, annotations,
                     [&](const FloatWindow& window) { return fold.Fold(input.windows[window.step]); });
    return absl::OkStatus();
  }
  FoldFloatWindows(input, 1, out, annotations, [](const FloatWindow& window) {
    double best = window.values[0];
    for (const double value : window.values) best = BetterOf<Better>()(best, value);
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
