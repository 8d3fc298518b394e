// Source   prometheus promql/engine.go, vectorSelectorSingle.
#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "promql/engine/series_reader.h"

namespace varve::promql {
namespace {

class InstantReader final : public SeriesReader {
 public:
  InstantReader(const StepGrid& grid, SelectorTime time, int64_t lookback_ms, SampleField field)
      : grid_(grid), time_(time), lookback_ms_(lookback_ms), field_(field) {}

  QueryRange range() const override {
    return {.min = time_.Of(grid_.start) - lookback_ms_ + 1, .max_inclusive = time_.Of(grid_.last())};
  }

  absl::Status Compute(const Labels& labels, ReaderScratch& scratch, SampleTally& tally, StepSeries& out,
                       Annotations&) const override {
    out.labels = labels;
    if (field_ == SampleField::kInfoTimestamp && !scratch.samples.histograms.empty()) {
      return FailedPrecondition("this should be an info metric, with float samples: {}", labels.ToString());
    }
    if (scratch.samples.histograms.empty() && field_ == SampleField::kValue) {
      LookUpFloats(scratch.samples.floats, out);
    } else {
      LookUpMixed(scratch.samples, out);
    }
    CountSamples(out, tally);
    return absl::OkStatus();
  }

  std::string Describe() const override { return "last sample"; }

 private:
  // The usual case: nothing but floats, and their values wanted.
  void LookUpFloats(const FloatColumns& floats, StepSeries& out) const {
    const size_t count = floats.size();
    size_t next = 0;
    for (size_t step = 0; step < out.steps(); ++step) {
      const TimestampMs now = time_.Of(grid_.At(step));
      while (next < count && floats.times[next] <= now) ++next;
      if (next == 0 || floats.times[next - 1] <= now - lookback_ms_) continue;
      if (const double value = floats.values[next - 1]; !IsStaleNan(value)) out.SetFloat(step, value);
    }
  }

  void LookUpMixed(SeriesSamples& samples, StepSeries& out) const {
    const FloatColumns& floats = samples.floats;
    HistogramColumns& histograms = samples.histograms;
    size_t next_float = 0, next_histogram = 0, shared_index = histograms.size();
    HistogramPtr shared;  // the histogram at shared_index
    for (size_t step = 0; step < out.steps(); ++step) {
      const TimestampMs now = time_.Of(grid_.At(step));
      while (next_float < floats.size() && floats.times[next_float] <= now) ++next_float;
      while (next_histogram < histograms.size() && histograms.times[next_histogram] <= now) ++next_histogram;
      const TimestampMs float_time = next_float == 0 ? kMinTimestamp : floats.times[next_float - 1];
      const TimestampMs histogram_time = next_histogram == 0 ? kMinTimestamp : histograms.times[next_histogram - 1];
      if (std::max(float_time, histogram_time) <= now - lookback_ms_) continue;
      if (float_time >= histogram_time) {
        const size_t i = next_float - 1;
        if (!IsStaleNan(floats.values[i])) SetField(step, floats.values[i], float_time, StartTime(floats.start_times, i), out);
        continue;
      }
      const size_t i = next_histogram - 1;
      if (i != shared_index) {
        shared_index = i;
        shared = std::make_shared<const FloatHistogram>(std::move(histograms.values[i]));
      }
      if (shared->is_stale()) continue;
      if (field_ == SampleField::kValue) {
        out.SetHistogram(step, shared);
      } else {
        SetField(step, 0, histogram_time, StartTime(histograms.start_times, i), out);
      }
    }
  }

  void SetField(size_t step, double value, TimestampMs time, TimestampMs start_time, StepSeries& out) const {
    switch (field_) {
      case SampleField::kValue: return out.SetFloat(step, value);
      case SampleField::kTimestamp:
      case SampleField::kInfoTimestamp: return out.SetFloat(step, static_cast<double>(time) / 1000);
      case SampleField::kStartTimestamp: return out.SetFloat(step, static_cast<double>(start_time) / 1000);
    }
  }

  static TimestampMs StartTime(const std::vector<TimestampMs>& start_times, size_t i) {
    return start_times.empty() ? 0 : start_times[i];
  }

  const StepGrid grid_;
  const SelectorTime time_;
  const int64_t lookback_ms_;
  const SampleField field_;
};

}  // namespace

void CountSamples(const StepSeries& series, SampleTally& tally) {
  const int64_t total = series.SampleCount();
  tally.Add({total, total});
  if (!tally.by_step()) return;
  series.present.ForEach([&](size_t step) {
    const int64_t count = series.IsHistogram(step) ? HistogramSampleCount(*series.histograms[step]) : 1;
    tally.AddAtStep(step, {count, count});
  });
}

SeriesReaderPtr NewInstantReader(const StepGrid& grid, SelectorTime time, int64_t lookback_ms, SampleField field) {
  return std::make_unique<InstantReader>(grid, time, lookback_ms, field);
}

}  // namespace varve::promql
