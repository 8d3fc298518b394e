#include "blocks/downsample/histogram_windows.h"

#include <cmath>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "model/column_scans.h"
#include "model/histogram_arithmetic.h"
#include "model/histogram_reset.h"

namespace varve {
namespace {

bool IsGauge(const FloatHistogram& histogram) { return histogram.reset_hint == CounterResetHint::kGauge; }

bool SameKind(const FloatHistogram& a, const FloatHistogram& b) {
  return IsGauge(a) == IsGauge(b) && a.uses_custom_buckets() == b.uses_custom_buckets() && a.custom_values == b.custom_values;
}

// True if `next` goes on with the window, rather than with what comes behind a reset or a change.
bool GoesOn(const HistogramWindow& window, const HistogramWindow& next) {
  return window.end == next.end && !window.after_reset && !next.after_reset && SameKind(window.last, next.last);
}

bool IsReset(const std::vector<HistogramWindow>& windows, const FloatHistogram& next) {
  return !windows.empty() && !IsGauge(next) && SameKind(windows.back().last, next) && DetectReset(next, windows.back().last);
}

absl::Status JoinTo(std::vector<HistogramWindow>& windows, HistogramWindow next) {
  if (windows.empty() || !GoesOn(windows.back(), next)) {
    windows.push_back(std::move(next));
    return absl::OkStatus();
  }
  HistogramWindow& window = windows.back();
  VARVE_RETURN_IF_ERROR(AddHistogram(window.sum, next.sum).status());
  window.sum.reset_hint = CounterResetHint::kGauge;
  window.last_time = next.last_time;
  window.last = std::move(next.last);
  window.count += next.count;
  return absl::OkStatus();
}

}  // namespace

absl::Status HistogramWindowsBuilder::AddSample(TimestampMs time, FloatHistogram histogram) {
  if (std::isnan(histogram.sum) || (!windows_.empty() && time <= windows_.back().last_time)) return absl::OkStatus();
  const bool reset = IsReset(windows_, histogram);
  if (!IsGauge(histogram)) histogram.reset_hint = CounterResetHint::kUnknown;  // samples before it may be gone
  HistogramWindow window = {.end = WindowEnd(time, resolution_ms_),
                            .first_time = time,
                            .last_time = time,
                            .count = 1,
                            .sum = histogram,
                            .last = std::move(histogram),
                            .after_reset = reset};
  window.sum.reset_hint = CounterResetHint::kGauge;
  return JoinTo(windows_, std::move(window));
}

absl::Status HistogramWindowsBuilder::AddAggregates(const AggrChunkParts& parts) {
  SeriesSamples counts, sums, counters;
  for (const auto& [part, samples] : {std::pair(&parts.count, &counts), {&parts.sum, &sums}, {&parts.counter, &counters}}) {
    if (part->encoding == ChunkEncoding::kNone) return DataLoss("an aggregate of histograms is missing");
    VARVE_RETURN_IF_ERROR(DecodeChunk(part->encoding, part->data, *samples));
  }
  const std::vector<TimestampMs>& times = counts.floats.times;
  if (sums.histograms.times != times || counters.histograms.times != times) {
    return DataLoss("the timestamps of count, sum and counter of histograms differ");
  }
  if (!StrictlyAscend(times)) return DataLoss("timestamps of aggregates do not ascend");
  for (size_t i = 0; i < times.size(); ++i) {
    FloatHistogram& last = counters.histograms.values[i];
    FloatHistogram& sum = sums.histograms.values[i];
    if (!windows_.empty() && times[i] <= windows_.back().last_time) continue;  // overlaps what was there before
    const bool reset = IsReset(windows_, last);
    if (!IsGauge(last)) last.reset_hint = CounterResetHint::kUnknown;
    sum.reset_hint = CounterResetHint::kGauge;
    VARVE_RETURN_IF_ERROR(JoinTo(windows_, {.end = WindowEnd(times[i], resolution_ms_),
                                            .first_time = i == 0 ? times[0] : times[i - 1] + 1,
                                            .last_time = times[i],
                                            .count = counts.floats.values[i],
                                            .sum = std::move(sum),
                                            .last = std::move(last),
                                            .after_reset = reset}));
  }
  return absl::OkStatus();
}

std::vector<HistogramWindow> HistogramWindowsBuilder::Release() { return std::exchange(windows_, {}); }

absl::StatusOr<std::vector<HistogramWindow>> Coarsen(std::vector<HistogramWindow> windows, int64_t resolution_ms) {
  std::vector<HistogramWindow> coarser;
  for (HistogramWindow& window : windows) {
    window.end = WindowEnd(window.end, resolution_ms);
    VARVE_RETURN_IF_ERROR(JoinTo(coarser, std::move(window)));
  }
  return coarser;
}

}  // namespace varve
