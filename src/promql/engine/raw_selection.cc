#include "promql/engine/raw_selection.h"

#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "promql/engine/range_samples.h"
#include "promql/functions/interpolation.h"

namespace varve::promql {
namespace {

int64_t CountSamples(const SeriesSamples& samples) {
  auto count = static_cast<int64_t>(samples.floats.size());
  for (const FloatHistogram& histogram : samples.histograms.values) count += HistogramSampleCount(histogram);
  return count;
}

// Puts a sample at each end of (start, end], instead of those beyond it: the value that anchored and smoothed selectors see there.
void ExtendToEnds(TimestampMs start, TimestampMs end, bool smoothed, FloatColumns& floats) {
  const std::vector<TimestampMs>& times = floats.times;
  const auto last_time = times.end() - 1;
  const auto after_start = std::upper_bound(times.begin(), last_time, start) - times.begin();
  auto first = static_cast<size_t>(std::max<std::ptrdiff_t>(0, after_start - 1)), last = times.size() - 1;
  if (smoothed) last = static_cast<size_t>(std::lower_bound(times.begin(), last_time, end) - times.begin());
  if (times[last] <= start) return floats.Clear();
  const auto between = [&](size_t i, TimestampMs time) {
    return Interpolate(times[i], floats.values[i], times[i + 1], floats.values[i + 1], time, false);
  };
  FloatColumns extended;
  extended.Append(start, smoothed && times[first] < start ? between(first, start) : floats.values[first]);
  const double right = smoothed && last > 0 && times[last] > end ? between(last - 1, end) : floats.values[last];
  for (size_t i = first; i <= last; ++i) {
    if (times[i] > start && times[i] < end) extended.Append(times[i], floats.values[i]);
  }
  extended.Append(end, right);
  floats = std::move(extended);
}

absl::Status Extend(const VectorSelector& selector, QueryRange window, SeriesSamples& samples) {
  if (!selector.anchored && !selector.smoothed) return absl::OkStatus();
  if (!samples.histograms.empty()) {
    return FailedPrecondition("{} modifier is not supported with histograms", selector.anchored ? "anchored" : "smoothed");
  }
  ExtendToEnds(window.min - 1, window.max_inclusive, selector.smoothed, samples.floats);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<RawSeries>> SelectRaw(const Context& ctx, QueryState& query, const MatrixSelector& matrix) {
  const VectorSelector& selector = *matrix.selector;
  const TimestampMs end = selector.shift.at.value_or(query.grid.start) - selector.shift.offset.ms();
  const QueryRange window = {.min = end - matrix.length.ms() + 1, .max_inclusive = end};
  QueryRange around = window;
  if (selector.anchored || selector.smoothed) around.min -= query.lookback_ms;
  if (selector.smoothed) around.max_inclusive += query.lookback_ms;
  SelectRequest request = {.range = around, .matchers = selector.matchers, .hints = {.range_ms = matrix.length.ms()}};
  VARVE_ASSIGN_OR_RETURN(const std::unique_ptr<SeriesSet> set, query.source.Select(ctx, request));
  HeldSamples held(query, ctx.memory());
  std::vector<RawSeries> all;
  while (set->Next()) {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    RawSeries series = {.labels = set->At()->labels(), .samples = {}};
    VARVE_RETURN_IF_ERROR(set->At()->Read(ctx, request.range, series.samples));
    RemoveStale(series.samples);
    if (series.samples.empty()) continue;
    VARVE_RETURN_IF_ERROR(Extend(selector, window, series.samples));
    if (series.samples.empty()) continue;
    const int64_t count = CountSamples(series.samples);
    query.tally.Add({count, count});
    if (query.tally.by_step()) query.tally.AddAtStep(0, {count, count});
    query.samples.CountDecoded(count);
    VARVE_RETURN_IF_ERROR(held.Add(count, count * 16));
    all.push_back(std::move(series));
  }
  VARVE_RETURN_IF_ERROR(Annotate(set->status(), "expanding series"));
  for (std::string& warning : set->warnings()) query.annotations.AddSourceWarning(std::move(warning));
  return all;
}

}  // namespace varve::promql
