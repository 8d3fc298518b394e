// Source   prometheus promql/engine.go, the range vector part of evaluator.eval, and matrixIterSlice.
#include <fmt/format.h>

#include <utility>

#include "base/duration.h"
#include "base/status_macros.h"
#include "promql/engine/metric_name.h"
#include "promql/engine/range_samples.h"
#include "promql/engine/series_reader.h"

namespace varve::promql {
namespace {

int64_t CountWindows(const RangeInput& input) {
  int64_t count = 0;
  for (const Window& window : input.windows) count += static_cast<int64_t>(window.size());
  for (const Window& window : input.histogram_windows) {
    for (uint32_t i = window.begin; i < window.end; ++i) count += HistogramSampleCount(input.histograms[i]);
  }
  return count;
}

class RangeReader final : public SeriesReader {
 public:
  RangeReader(const FunctionImpl& function, RangeCall call, std::vector<OperatorPtr> scalars, bool delayed_name_removal)
      : function_(function), call_(std::move(call)), scalars_(std::move(scalars)), delayed_name_removal_(delayed_name_removal) {}

  absl::Status Prepare(const Context& ctx) override {
    VARVE_ASSIGN_OR_RETURN(call_.scalars, EvaluateScalars(ctx, scalars_));
    return absl::OkStatus();
  }

  QueryRange range() const override {
    const int64_t before = call_.anchored || call_.smoothed ? call_.lookback_ms : 0;
    const int64_t after = call_.smoothed ? call_.lookback_ms : 0;
    return {.min = call_.RangeStart(0) - before + 1, .max_inclusive = call_.RangeEnd(call_.grid.count - 1) + after};
  }

  absl::Status Compute(const Labels& labels, ReaderScratch& scratch, SampleAccount& account, StepSeries& out,
                       Annotations& annotations) const override {
    RemoveStale(scratch.samples);
    VARVE_RETURN_IF_ERROR(EvaluateRange(function_, call_, labels, scratch, account, out, annotations));
    if (!function_.keeps_name) DropMetricName(out, delayed_name_removal_);
    return absl::OkStatus();
  }

  std::string Describe() const override {
    return fmt::format("{} over {}", function_.name, FormatPrometheusDuration(call_.range_ms));
  }

 private:
  const FunctionImpl& function_;
  RangeCall call_;
  std::vector<OperatorPtr> scalars_;
  const bool delayed_name_removal_;
};

}  // namespace

void FillWindows(const RangeCall& call, std::span<const TimestampMs> times, std::vector<Window>& windows) {
  const int64_t before = call.anchored || call.smoothed ? call.lookback_ms : 0;
  const int64_t after = call.smoothed ? call.lookback_ms : 0;
  windows.resize(call.grid.count);
  const auto count = static_cast<uint32_t>(times.size());
  uint32_t begin = 0, end = 0;
  for (size_t step = 0; step < windows.size(); ++step) {
    const TimestampMs until = call.RangeEnd(step), from = until - call.range_ms - before;
    while (end < count && times[end] <= until + after) ++end;
    while (begin < end && times[begin] <= from) ++begin;
    windows[step] = {begin, end};
  }
}

absl::Status EvaluateRange(const FunctionImpl& function, const RangeCall& call, const Labels& labels, ReaderScratch& scratch,
                           SampleAccount& account, StepSeries& out, Annotations& annotations) {
  const FloatColumns& floats = scratch.samples.floats;
  const HistogramColumns& histograms = scratch.samples.histograms;
  FillWindows(call, floats.times, scratch.windows);
  scratch.histogram_windows.clear();
  if (!histograms.empty()) FillWindows(call, histograms.times, scratch.histogram_windows);
  RangeInput input = {.call = call,
                      .labels = labels,
                      .times = floats.times,
                      .values = floats.values,
                      .histogram_times = histograms.times,
                      .histograms = histograms.values,
                      .windows = scratch.windows,
                      .histogram_windows = scratch.histogram_windows};
  if (call.use_start_timestamps) {
    input.start_times = floats.start_times;
    input.histogram_start_times = histograms.start_times;
  }
  account.CountQueried(CountWindows(input));
  VARVE_RETURN_IF_ERROR(function.range(input, out, annotations));
  out.labels = labels;
  return absl::OkStatus();
}

SeriesReaderPtr NewRangeReader(const FunctionImpl& function, RangeCall call, std::vector<OperatorPtr> scalars,
                               bool delayed_name_removal) {
  return std::make_unique<RangeReader>(function, std::move(call), std::move(scalars), delayed_name_removal);
}

}  // namespace varve::promql
