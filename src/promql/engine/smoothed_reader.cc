// x smoothed: the value between the samples around each step.
//
// Source   prometheus promql/engine.go, smoothSeries, which does not count the samples it looks at.
#include <algorithm>
#include <utility>

#include "promql/engine/annotation_texts.h"
#include "promql/engine/range_samples.h"
#include "promql/engine/series_reader.h"
#include "promql/functions/interpolation.h"

namespace varve::promql {
namespace {

class SmoothedReader final : public SeriesReader {
 public:
  SmoothedReader(const StepGrid& grid, SelectorTime time, int64_t lookback_ms, PositionRange position) : position_(position) {
    windows_.grid = grid;
    windows_.at = time.at;
    windows_.offset_ms = time.offset_ms;
    windows_.lookback_ms = lookback_ms;
    windows_.smoothed = true;  // and a range of 0: (t - lookback, t + lookback]
  }

  QueryRange range() const override {
    return {.min = windows_.RangeStart(0) - windows_.lookback_ms + 1,
            .max_inclusive = windows_.RangeEnd(windows_.grid.count - 1) + windows_.lookback_ms};
  }

  absl::Status Compute(const Labels& labels, ReaderScratch& scratch, SampleTally&, StepSeries& out,
                       Annotations& annotations) const override {
    RemoveStale(scratch.samples);
    FillWindows(windows_, scratch.samples.floats.times, scratch.windows);
    FillWindows(windows_, scratch.samples.histograms.times, scratch.histogram_windows);
    for (size_t step = 0; step < out.steps(); ++step) {
      const Window floats = scratch.windows[step], histograms = scratch.histogram_windows[step];
      if (!floats.empty() && !histograms.empty()) {
        annotations.Add(MixedFloatsHistograms(labels.Get(kMetricName), position_));
      } else if (!floats.empty()) {
        SmoothFloat(scratch.samples.floats, floats, step, out);
      } else if (!histograms.empty()) {
        SmoothHistogram(scratch.samples.histograms, histograms, step, labels.Get(kMetricName), out, annotations);
      }
    }
    out.labels = labels;
    return absl::OkStatus();
  }

  std::string Describe() const override { return "smoothed sample"; }

 private:
  // The first sample of the window that is not before `time`.
  static uint32_t NotBefore(const std::vector<TimestampMs>& times, Window window, TimestampMs time) {
    const auto begin = times.begin() + window.begin, end = times.begin() + window.end;
    return static_cast<uint32_t>(std::lower_bound(begin, end, time) - times.begin());
  }

  void SmoothFloat(const FloatColumns& floats, Window window, size_t step, StepSeries& out) const {
    const TimestampMs now = windows_.RangeEnd(step);
    const uint32_t next = NotBefore(floats.times, window, now);
    if (next < window.end && floats.times[next] == now) {
      out.SetFloat(step, floats.values[next]);
    } else if (next == window.begin) {
      return;  // nothing before it yet
    } else if (next == window.end) {
      out.SetFloat(step, floats.values[next - 1]);
    } else {
      out.SetFloat(step, Interpolate(floats.times[next - 1], floats.values[next - 1], floats.times[next], floats.values[next],
                                     now, false));
    }
  }

  void SmoothHistogram(const HistogramColumns& histograms, Window window, size_t step, std::string_view metric_name,
                       StepSeries& out, Annotations& annotations) const {
    const TimestampMs now = windows_.RangeEnd(step);
    const uint32_t next = NotBefore(histograms.times, window, now);
    if (next < window.end && histograms.times[next] == now) return out.SetHistogram(step, histograms.values[next]);
    if (next == window.begin) return;
    const FloatHistogram& before = histograms.values[next - 1];
    if (next == window.end) {
      FloatHistogram carried = before;
      carried.reset_hint = CounterResetHint::kUnknown;  // the hint is about a pair of samples
      return out.SetHistogram(step, std::move(carried));
    }
    const FloatHistogram& after = histograms.values[next];
    if (before.uses_custom_buckets() != after.uses_custom_buckets()) {
      return annotations.Add(MixedExponentialCustomHistograms(metric_name, position_));
    }
    const bool counter = before.reset_hint != CounterResetHint::kGauge || after.reset_hint != CounterResetHint::kGauge;
    std::optional<FloatHistogram> between =
        Interpolate(HistogramPoint{histograms.times[next - 1], before}, HistogramPoint{histograms.times[next], after}, now,
                    counter, metric_name, position_, annotations);
    if (between.has_value()) out.SetHistogram(step, *std::move(between));
  }

  const PositionRange position_;
  RangeCall windows_;
};

}  // namespace

SeriesReaderPtr NewSmoothedReader(const StepGrid& grid, SelectorTime time, int64_t lookback_ms, PositionRange position) {
  return std::make_unique<SmoothedReader>(grid, time, lookback_ms, position);
}

}  // namespace varve::promql
