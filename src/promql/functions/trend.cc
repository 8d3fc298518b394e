// Where a gauge is heading: deriv, predict_linear, double_exponential_smoothing. They need two floats.
//
// Source   prometheus promql/functions.go, linearRegression and funcDoubleExponentialSmoothing; the same order of operations.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/errors.h"
#include "model/kahan_sum.h"
#include "promql/functions/float_windows.h"
#include "promql/functions/function_tables.h"

namespace varve::promql {
namespace {

struct Line {
  double slope;      // a second
  double intercept;  // at the time asked for
};

Line LeastSquares(const FloatWindow& window, TimestampMs intercept_time) {
  const double first = window.values[0];
  if (std::all_of(window.values.begin(), window.values.end(), [first](double value) { return value == first; })) {
    if (std::isinf(first)) return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
    return {0, first};
  }
  KahanSum x_sum, y_sum, xy_sum, xx_sum;
  for (size_t i = 0; i < window.values.size(); ++i) {
    const double x = static_cast<double>(window.times[i] - intercept_time) / 1e3, y = window.values[i];
    x_sum.Add(x);
    y_sum.Add(y);
    xy_sum.Add(x * y);
    xx_sum.Add(x * x);
  }
  const double count = static_cast<double>(window.values.size()), x_total = x_sum.Total(), y_total = y_sum.Total();
  const double covariance = xy_sum.Total() - x_total * y_total / count, variance = xx_sum.Total() - x_total * x_total / count;
  const double slope = covariance / variance;
  return {slope, y_total / count - slope * x_total / count};
}

absl::Status Deriv(const RangeInput& input, StepSeries& out, Annotations& annotations) {
  // Any intercept will do; one near the samples keeps the numbers small.
  FoldFloatWindows(input, 2, out, annotations,
                   [](const FloatWindow& window) { return LeastSquares(window, window.times[0]).slope; });
  return absl::OkStatus();
}

absl::Status PredictLinear(const RangeInput& input, StepSeries& out, Annotations& annotations) {
  FoldFloatWindows(input, 2, out, annotations, [&](const FloatWindow& window) {
    const Line line = LeastSquares(window, input.call.grid.At(window.step));
    return line.slope * input.call.scalars[0][window.step] + line.intercept;
  });
  return absl::OkStatus();
}

absl::Status DoubleExponentialSmoothing(const RangeInput& input, StepSeries& out, Annotations& annotations) {
  for (size_t step = 0; step < out.steps(); ++step) {
    const double smoothing = input.call.scalars[0][step], trend = input.call.scalars[1][step];
    if (smoothing <= 0 || smoothing >= 1) {
      return FailedPrecondition("invalid smoothing factor. Expected: 0 < sf < 1, got: {:f}", smoothing);
    }
    if (trend <= 0 || trend >= 1) return FailedPrecondition("invalid trend factor. Expected: 0 < tf < 1, got: {:f}", trend);
  }
  FoldFloatWindows(input, 2, out, annotations, [&](const FloatWindow& window) {
    const double smoothing = input.call.scalars[0][window.step], trend = input.call.scalars[1][window.step];
    double before = 0, smoothed = window.values[0], slope = window.values[1] - window.values[0];
    for (size_t i = 1; i < window.values.size(); ++i) {
      if (i > 1) slope = trend * (smoothed - before) + (1 - trend) * slope;
      const double next = smoothing * window.values[i] + (1 - smoothing) * (smoothed + slope);
      before = std::exchange(smoothed, next);
    }
    return smoothed;
  });
  return absl::OkStatus();
}

constexpr FunctionImpl kFunctions[] = {
    {.name = "deriv", .range = Deriv},
    {.name = "double_exponential_smoothing", .range = DoubleExponentialSmoothing},
    {.name = "predict_linear", .range = PredictLinear},
};

}  // namespace

std::span<const FunctionImpl> TrendFunctions() { return kFunctions; }

}  // namespace varve::promql
