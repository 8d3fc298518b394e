// From the samples of one series to its values at every step: the innermost loop of every query.
//
// Shape    an instant selector takes the last sample within the lookback, a range selector hands windows to a function's kernel.
// Threads  Compute may be called from many threads at once, each with its own scratch memory.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "promql/functions/function.h"
#include "storage/window_aggregates.h"

namespace varve::promql {

// Memory that a worker uses again for each series.
struct ReaderScratch {
  SeriesSamples samples;
  std::unique_ptr<const WindowAggregates> aggregates;  // null but for downsampled series
  std::vector<Window> windows, histogram_windows;
};

class SeriesReader {
 public:
  virtual ~SeriesReader() = default;
  // Evaluates scalar arguments. Once, before the first Compute.
  virtual absl::Status Prepare(const Context& ctx) { return absl::OkStatus(); }
  virtual QueryRange range() const = 0;  // the samples Compute needs
  // Sets `out` from `scratch.samples`, which are those of range() and may be changed. `out` comes reset.
  virtual absl::Status Compute(const Labels& labels, ReaderScratch& scratch, SampleTally& tally, StepSeries& out,
                               Annotations& annotations) const = 0;
  virtual std::string Describe() const = 0;
};

using SeriesReaderPtr = std::unique_ptr<SeriesReader>;

// When a selector looks: at every step, or always at one moment (@), shifted by an offset.
struct SelectorTime {
  std::optional<TimestampMs> at;
  int64_t offset_ms = 0;
  TimestampMs Of(TimestampMs step_time) const { return at.value_or(step_time) - offset_ms; }
};

// What an instant selector yields for the sample it finds.
enum class SampleField {
  kValue,
  kTimestamp,       // in seconds
  kStartTimestamp,  // likewise
  kInfoTimestamp,   // as kTimestamp, but of floats only: an info metric is none if it has histograms
};

// x: the last sample in (t - lookback, t], unless that is a stale marker.
SeriesReaderPtr NewInstantReader(const StepGrid& grid, SelectorTime time, int64_t lookback_ms, SampleField field);

// x smoothed: the value on the line between the samples around t, which are within the lookback.
SeriesReaderPtr NewSmoothedReader(const StepGrid& grid, SelectorTime time, int64_t lookback_ms, PositionRange position);

// f(x[5m]): the samples in (t - range, t], without stale markers. The metric name is dropped unless the function keeps it.
// `scalars` are the function's scalar arguments.
SeriesReaderPtr NewRangeReader(const FunctionImpl& function, RangeCall call, std::vector<OperatorPtr> scalars,
                               bool delayed_name_removal);

// Counts the samples of a step series, each at its step: a selector has read them, too.
void CountSamples(const StepSeries& series, SampleTally& tally);

// Where the samples of windows are counted. Those of a subquery's steps have been read by the subquery.
struct WindowTally {
  SampleTally& tally;
  bool of_subquery = false;
};

// The windows of a call over ascending `times`.
void FillWindows(const RangeCall& call, std::span<const TimestampMs> times, std::vector<Window>& windows);

// Runs `function` over samples that hold no stale markers; `scratch` provides the memory for windows. Sets labels and samples of
// `out`, which comes reset.
absl::Status EvaluateRange(const FunctionImpl& function, const RangeCall& call, const Labels& labels, ReaderScratch& scratch,
                           WindowTally tally, StepSeries& out, Annotations& annotations);

}  // namespace varve::promql
