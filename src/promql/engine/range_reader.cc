// Source   prometheus promql/engine.go, the range vector part of evaluator.eval, and matrixIterSlice.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/duration.h"
#include "base/status_macros.h"
#include "promql/engine/annotation_texts.h"
#include "promql/engine/metric_name.h"
#include "promql/engine/range_samples.h"
#include "promql/engine/series_reader.h"

namespace varve::promql {
namespace {

int64_t HistogramSamples(std::span<const FloatHistogram> histograms, uint32_t begin, uint32_t end) {
  int64_t count = 0;
  for (uint32_t i = begin; i < end; ++i) count += HistogramSampleCount(histograms[i]);
  return count;
}

void CountWindows(const RangeInput& input, WindowTally to) {
  SampleCounts total;
  uint32_t read = 0, histograms_read = 0;  // up to where a window has held the samples
  for (size_t step = 0; step < input.windows.size(); ++step) {
    const Window& floats = input.windows[step];
    SampleCounts counts = {.queried = floats.end - floats.begin,
                           .read = floats.end - std::min(floats.end, std::max(floats.begin, read))};
    read = std::max(read, floats.end);
    if (!input.histogram_windows.empty()) {
      const Window& histograms = input.histogram_windows[step];
      counts.queried += HistogramSamples(input.histograms, histograms.begin, histograms.end);
      counts.read += HistogramSamples(input.histograms, std::max(histograms.begin, histograms_read), histograms.end);
      histograms_read = std::max(histograms_read, histograms.end);
    }
    if (to.of_subquery) counts.read = 0;
    total.queried += counts.queried;
    total.read += counts.read;
    if (to.tally.by_step()) to.tally.AddAtStep(step, counts);
  }
  to.tally.Add(total);
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

  absl::Status Compute(const Labels& labels, ReaderScratch& scratch, SampleTally& tally, StepSeries& out,
                       Annotations& annotations) const override {
    RemoveStale(scratch.samples);
    VARVE_RETURN_IF_ERROR(EvaluateRange(function_, call_, labels, scratch, {tally}, out, annotations));
    if (scratch.aggregates != nullptr) TakeAggregates(*scratch.aggregates, labels, out, annotations);
    if (!function_.keeps_name) DropMetricName(out, delayed_name_removal_);
    return absl::OkStatus();
  }

  std::string Describe() const override {
    return fmt::format("{} over {}", function_.name, FormatPrometheusDuration(call_.range_ms));
  }

 private:
  // Windows that touch downsampled data have their values from its aggregates.
  void TakeAggregates(const WindowAggregates& aggregates, const Labels& labels, StepSeries& out, Annotations& annotations) const {
    const WindowGrid grid = {.first_end = call_.RangeEnd(0),
                             .step_ms = call_.at.has_value() ? 0 : call_.grid.step_ms,
                             .count = call_.grid.count,
                             .range_ms = call_.range_ms};
    for (const WindowValue& value : aggregates.Evaluate(function_.name, grid)) {
      out.Drop(value.window);
      out.SetFloat(value.window, value.value);
    }
    if (aggregates.coarsest_ms() > call_.range_ms && !out.empty()) {
      annotations.Add(WidenedWindow(labels.Get(kMetricName), call_.range_ms, aggregates.coarsest_ms(), call_.selector_position));
    }
  }

  const FunctionImpl& function_;
  RangeCall call_;
  std::vector<OperatorPtr> scalars_;
  const bool delayed_name_removal_;
};

}  // namespace

namespace {

// One edge of a window that moves on over the samples. It moves by about as much from step to step, so it looks there first.
class WindowEdge {
 public:
  explicit WindowEdge(std::span<const TimestampMs> times) : times_(times) {}

  // Behind the samples up to `until`.
  uint32_t MoveBehind(TimestampMs until) {
    const size_t before = at_, guess = at_ + stride_;
    if (guess < times_.size() && times_[guess] <= until) at_ = guess + 1;
    while (at_ < times_.size() && times_[at_] <= until) ++at_;
    stride_ = at_ - before > kSlack ? at_ - before - kSlack : 0;
    return static_cast<uint32_t>(at_);
  }

 private:
  static constexpr size_t kSlack = 3;  // samples come a bit early or late
  const std::span<const TimestampMs> times_;
  size_t at_ = 0, stride_ = 0;
};

}  // namespace

void FillWindows(const RangeCall& call, std::span<const TimestampMs> times, std::vector<Window>& windows) {
  const int64_t before = call.anchored || call.smoothed ? call.lookback_ms : 0;
  const int64_t after = call.smoothed ? call.lookback_ms : 0;
  windows.resize(call.grid.count);
  WindowEdge begin(times), end(times);
  for (size_t step = 0; step < windows.size(); ++step) {
    const TimestampMs until = call.RangeEnd(step), from = until - call.range_ms - before;
    const uint32_t behind = end.MoveBehind(until + after);
    windows[step] = {std::min(begin.MoveBehind(from), behind), behind};
  }
}

absl::Status EvaluateRange(const FunctionImpl& function, const RangeCall& call, const Labels& labels, ReaderScratch& scratch,
                           WindowTally tally, StepSeries& out, Annotations& annotations) {
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
  CountWindows(input, tally);
  VARVE_RETURN_IF_ERROR(function.range(input, out, annotations));
  out.labels = labels;
  return absl::OkStatus();
}

SeriesReaderPtr NewRangeReader(const FunctionImpl& function, RangeCall call, std::vector<OperatorPtr> scalars,
                               bool delayed_name_removal) {
  return std::make_unique<RangeReader>(function, std::move(call), std::move(scalars), delayed_name_removal);
}

}  // namespace varve::promql
