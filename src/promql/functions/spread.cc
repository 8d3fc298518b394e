// How far the samples of a window lie apart: stddev_over_time, stdvar_over_time, quantile_over_time, mad_over_time.
//
// Source   prometheus promql/functions.go.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "model/kahan_sum.h"
#include "promql/functions/float_windows.h"
#include "promql/functions/function_tables.h"
#include "promql/functions/quantile.h"

namespace varve::promql {
namespace {

// Welford's method with compensated sums, the order of operations as in varianceOverTime.
double Variance(std::span<const double> values) {
  double count = 0;
  KahanSum mean, squares;
  for (const double value : values) {
    ++count;
    const double delta = value - mean.Total();
    mean.Add(delta / count);
    squares.Add(delta * (value - mean.Total()));
  }
  return squares.Total() / count;
}

absl::Status StdvarOverTime(const RangeInput& input, StepSeries& out, Annotations& annotations) {
  FoldFloatWindows(input, 1, out, annotations, [](const FloatWindow& window) { return Variance(window.values); });
  return absl::OkStatus();
}

absl::Status StddevOverTime(const RangeInput& input, StepSeries& out, Annotations& annotations) {
  FoldFloatWindows(input, 1, out, annotations, [](const FloatWindow& window) { return std::sqrt(Variance(window.values)); });
  return absl::OkStatus();
}

absl::Status QuantileOverTime(const RangeInput& input, StepSeries& out, Annotations& annotations) {
  std::vector<double> scratch;
  FoldFloatWindows(input, 1, out, annotations, [&](const FloatWindow& window) {
    const double q = input.call.scalars[0][window.step];
    if (!(q >= 0 && q <= 1)) annotations.Add(InvalidQuantile(q, input.call.arguments[0]));
    scratch.assign(window.values.begin(), window.values.end());
    return Quantile(q, scratch);
  });
  return absl::OkStatus();
}

// The median of the distances to the median.
absl::Status MadOverTime(const RangeInput& input, StepSeries& out, Annotations& annotations) {
  std::vector<double> scratch;
  FoldFloatWindows(input, 1, out, annotations, [&](const FloatWindow& window) {
    const auto is_nan = [](double value) { return std::isnan(value); };
    if (std::any_of(window.values.begin(), window.values.end(), is_nan)) return std::numeric_limits<double>::quiet_NaN();
    scratch.assign(window.values.begin(), window.values.end());
    const double median = Quantile(0.5, scratch);
    for (double& value : scratch) value = std::fabs(value - median);
    return Quantile(0.5, scratch);
  });
  return absl::OkStatus();
}

constexpr FunctionImpl kFunctions[] = {
    {.name = "mad_over_time", .range = MadOverTime},
    {.name = "quantile_over_time", .range = QuantileOverTime},
    {.name = "stddev_over_time", .range = StddevOverTime},
    {.name = "stdvar_over_time", .range = StdvarOverTime},
};

}  // namespace

std::span<const FunctionImpl> SpreadFunctions() { return kFunctions; }

}  // namespace varve::promql
