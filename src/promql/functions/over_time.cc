// count_over_time, sum_over_time, avg_over_time: what the samples of a window add up to.
//
// Source   prometheus promql/functions.go.
#include <absl/status/status.h>

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "promql/engine/annotation_texts.h"
#include "promql/functions/function_tables.h"
#include "promql/functions/histogram_sum.h"
#include "promql/functions/running_mean.h"
#include "promql/functions/window_sums.h"

namespace varve::promql {
namespace {

absl::Status CountOverTime(const RangeInput& input, StepSeries& out, Annotations&) {
  for (size_t step = 0; step < out.steps(); ++step) {
    const size_t count = input.windows[step].size() + input.histogram_window(step).size();
    if (count > 0) out.SetFloat(step, static_cast<double>(count));
  }
  return absl::OkStatus();
}

// Adds up the histograms of a window, or takes their mean; nothing, with an annotation, if they do not fit together.
std::optional<FloatHistogram> TotalOf(std::span<const FloatHistogram> histograms, HistogramTotal kind, const RangeInput& input,
                                      Annotations& annotations) {
  const PositionRange position = input.call.selector_position;
  HistogramSum sum(kind);
  for (const FloatHistogram& histogram : histograms) {
    if (sum.Add(histogram)) continue;
    annotations.Add(MixedExponentialCustomHistograms(input.metric_name(), position));
    return std::nullopt;
  }
  if (sum.reset_collision()) annotations.Add(HistogramCounterResetCollision(HistogramOperation::kAggregation, position));
  if (sum.bounds_reconciled()) annotations.Add(MismatchedCustomBuckets(HistogramOperation::kAggregation, position));
  return std::move(sum).Finish();
}

// The floats of a step come to fold(step). A window with both floats and histograms has no result.
template <typename Fold>
void FoldWindows(const RangeInput& input, HistogramTotal kind, StepSeries& out, Annotations& annotations, const Fold& fold) {
  for (size_t step = 0; step < out.steps(); ++step) {
    const Window floats = input.windows[step], histograms = input.histogram_window(step);
    if (!floats.empty() && !histograms.empty()) {
      annotations.Add(MixedFloatsHistograms(input.metric_name(), input.call.selector_position));
    } else if (!floats.empty()) {
      out.SetFloat(step, fold(step));
    } else if (!histograms.empty()) {
      std::optional<FloatHistogram> total =
          TotalOf(input.histograms.subspan(histograms.begin, histograms.size()), kind, input, annotations);
      if (total.has_value()) out.SetHistogram(step, *std::move(total));
    }
  }
}

absl::Status SumOverTime(const RangeInput& input, StepSeries& out, Annotations& annotations) {
  const std::vector<KahanSum> sums = SumWindows(input.values, input.windows, SumFrom::kZero);
  FoldWindows(input, HistogramTotal::kSum, out, annotations, [&](size_t step) { return sums[step].Total(); });
  return absl::OkStatus();
}

absl::Status AvgOverTime(const RangeInput& input, StepSeries& out, Annotations& annotations) {
  const std::vector<KahanSum> sums = SumWindows(input.values, input.windows, SumFrom::kFirstValue);
  FoldWindows(input, HistogramTotal::kMean, out, annotations, [&](size_t step) {
    const Window window = input.windows[step];
    const auto count = static_cast<double>(window.size());
    if (std::isfinite(sums[step].sum)) return sums[step].sum / count + sums[step].compensation / count;
    RunningMean mean;  // which finds its way around a sum that does not fit
    for (const double value : input.values.subspan(window.begin, window.size())) mean.Add(value);
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
