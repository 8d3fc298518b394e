// count_over_time, sum_over_time, avg_over_time: what the samples of a window add up to.
//
// Source   prometheus promql/functions.go.
#include <absl/status/status.h>

#include "promql/engine/annotation_texts.h"
#include "promql/functions/function_tables.h"
#include "promql/functions/kahan_sum.h"
#include "promql/functions/running_mean.h"

namespace varve::promql {
namespace {

absl::Status CountOverTime(const RangeInput& input, StepSeries& out, Annotations&) {
  for (size_t step = 0; step < out.steps(); ++step) {
    const size_t count = input.windows[step].size() + input.histogram_window(step).size();
    if (count > 0) out.SetFloat(step, static_cast<double>(count));
  }
  return absl::OkStatus();
}

// Calls fold(values of the window) for every step whose window has floats only.
template <typename Fold>
void FoldFloats(const RangeInput& input, StepSeries& out, Annotations& annotations, const Fold& fold) {
  for (size_t step = 0; step < out.steps(); ++step) {
    const Window window = input.windows[step];
    if (window.empty()) continue;
    if (input.histogram_window(step).empty()) {
      out.SetFloat(step, fold(input.values.subspan(window.begin, window.size())));
    } else {
      annotations.Add(MixedFloatsHistograms(input.metric_name(), input.call.selector_position));
    }
  }
}

absl::Status SumOverTime(const RangeInput& input, StepSeries& out, Annotations& annotations) {
  FoldFloats(input, out, annotations, [](std::span<const double> values) {
    double sum = 0, compensation = 0;
    for (const double value : values) KahanAdd(value, sum, compensation);
    return sum + compensation;
  });
  return absl::OkStatus();
}

absl::Status AvgOverTime(const RangeInput& input, StepSeries& out, Annotations& annotations) {
  FoldFloats(input, out, annotations, [](std::span<const double> values) {
    RunningMean mean;
    for (const double value : values) mean.Add(value);
    return mean.Mean();
  });
  return absl::OkStatus();
}

constexpr FunctionImpl kFunctions[] = {
    {.name = "avg_over_time", .range = AvgOverTime},
    {.name = "count_over_time", .range = CountOverTime},
    {.name = "sum_over_time", .range = SumOverTime},
};

}  // namespace

std::span<const FunctionImpl> OverTimeFunctions() { return kFunctions; }

}  // namespace varve::promql
