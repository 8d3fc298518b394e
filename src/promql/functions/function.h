// What a PromQL function is to the engine: a kernel that runs over all steps of one series, or a maker of an operator for those
// that look at a whole vector. Types, arity and names for the parser are in promql/function_signatures.h.
//
// Four kinds, and each function of functions/ is one of them:
//
//   range     rate(x[5m])             one series' samples and a window a step in, one value a step out
//   instant   abs(x), clamp(x, 0, 1)  one series changed in place
//   scalar    time(), vector(s)       scalar arguments only; one value a step out, no labels
//   operator  histogram_quantile(.9, x), absent(x), sort(x), label_replace(x, ...): yields its own series
//
//   absl::Status CountOverTime(const RangeInput& input, StepSeries& out, Annotations&) {
//     for (size_t step = 0; step < out.steps(); ++step) {
//       const size_t count = input.windows[step].size() + input.histogram_window(step).size();
//       if (count > 0) out.SetFloat(step, static_cast<double>(count));
//     }
//     return absl::OkStatus();
//   }
//
// Errors   a kernel's error ends the query; FailedPrecondition for what the query asks and cannot have (HTTP 422).
// Threads  kernels are called from several threads at once, each with its own series and annotations.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/sample.h"
#include "promql/ast.h"
#include "promql/engine/annotations.h"
#include "promql/engine/operator.h"
#include "promql/engine/step_series.h"

namespace varve::promql {

// What is the same for every series a call is applied to.
struct FunctionCall {
  StepGrid grid;
  std::vector<StepValues> scalars;       // the scalar arguments in order, one value a step
  std::vector<std::string> strings;      // the string arguments in order
  PositionRange position;                // of the whole call
  std::vector<PositionRange> arguments;  // of every argument, for annotations
  bool use_start_timestamps = false;
  bool type_and_unit_labels = false;
};

// The call of a range function: which window belongs to which step.
struct RangeCall : FunctionCall {
  int64_t range_ms = 0;
  int64_t offset_ms = 0;
  std::optional<TimestampMs> at;  // every step sees the window of this moment
  int64_t lookback_ms = 0;        // by which windows of anchored and smoothed selectors are wider
  bool anchored = false, smoothed = false;
  PositionRange selector_position;  // of the range vector argument

  // The window of `step` is (RangeStart, RangeEnd]; anchored and smoothed selectors get samples around it too.
  TimestampMs RangeEnd(size_t step) const { return (at.has_value() ? *at : grid.At(step)) - offset_ms; }
  TimestampMs RangeStart(size_t step) const { return RangeEnd(step) - range_ms; }
};

// The samples of a step's window: [begin, end) of the series' arrays.
struct Window {
  uint32_t begin = 0, end = 0;
  size_t size() const { return end - begin; }
  bool empty() const { return begin == end; }
};

// One series under a range function, stale markers taken out. Windows ascend: neither end moves back from step to step.
struct RangeInput {
  const RangeCall& call;
  const Labels& labels;  // with the metric name
  std::span<const TimestampMs> times;
  std::span<const double> values;
  std::span<const TimestampMs> start_times;  // empty, or one a sample
  std::span<const TimestampMs> histogram_times;
  std::span<const FloatHistogram> histograms;
  std::span<const TimestampMs> histogram_start_times;
  std::span<const Window> windows;            // into times and values, one a step
  std::span<const Window> histogram_windows;  // likewise into histograms; empty if the series has none

  Window histogram_window(size_t step) const { return histogram_windows.empty() ? Window{} : histogram_windows[step]; }
  std::string_view metric_name() const { return labels.Get(kMetricName); }
};

// `out` comes with no step present and without labels; the engine sets them.
using RangeKernel = absl::Status (*)(const RangeInput& input, StepSeries& out, Annotations& annotations);
// Changes the samples of `series`; labels are the engine's.
using InstantKernel = absl::Status (*)(const FunctionCall& call, StepSeries& series, Annotations& annotations);
// Sets out[step] for every step.
using ScalarKernel = void (*)(const FunctionCall& call, StepValues& out);

// What the maker of an operator is given. Inputs are the vector arguments in order, scalars the scalar arguments, not yet run.
struct OperatorCall {
  QueryState& query;
  const Call& expr;
  FunctionCall call;  // without scalars
  std::vector<OperatorPtr> inputs;
  std::vector<OperatorPtr> scalars;
};
using OperatorMaker = absl::StatusOr<OperatorPtr> (*)(OperatorCall call);

struct FunctionImpl {
  std::string_view name;
  RangeKernel range = nullptr;
  InstantKernel instant = nullptr;
  ScalarKernel scalar = nullptr;
  // With `range` or `instant` set too, its only input is what that kernel yields (absent_over_time).
  OperatorMaker make = nullptr;
  bool joins_series = false;                // operators: series that it yields with the same labels are to be joined
  bool keeps_name = false;                  // range and instant kernels drop the metric name unless they say so
  bool time_by_default = false;             // without a vector argument it is applied to vector(time()): hour()
  bool anchored = false, smoothed = false;  // range kernels: may stand around such selectors
};

// Null for a function that the planner replaces (start, end, step, range) or that does not exist.
const FunctionImpl* FindFunctionImpl(std::string_view name);

}  // namespace varve::promql
