#include "blocks/downsample/float_windows.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "model/column_scans.h"

namespace varve {
namespace {

// Puts what follows `window` in time, and lies in the same window of time, into it.
void Append(FloatWindow& window, const FloatWindow& next) {
  window.rise += CounterStep(window.last, next.first) + next.rise;
  window.last = next.last;
  window.last_time = next.last_time;
  window.count += next.count;
  window.sum += next.sum;
  window.min = std::min(window.min, next.min);
  window.max = std::max(window.max, next.max);
}

void JoinTo(std::vector<FloatWindow>& windows, const FloatWindow& next) {
  if (!windows.empty() && windows.back().end == next.end) {
    Append(windows.back(), next);
  } else {
    windows.push_back(next);
  }
}

// All samples of one window, at least one.
FloatWindow Summarize(const TimestampMs* times, const double* values, size_t count) {
  double sum = values[0], min = values[0], max = values[0], lost = 0;
  for (size_t i = 1; i < count; ++i) {
    const double value = values[i];
    sum += value;
    min = value < min ? value : min;
    max = value > max ? value : max;
    lost += value < values[i - 1] ? values[i - 1] : 0;
  }
  return {.first_time = times[0],
          .last_time = times[count - 1],
          .count = static_cast<double>(count),
          .sum = sum,
          .min = min,
          .max = max,
          .first = values[0],
          .last = values[count - 1],
          .rise = values[count - 1] - values[0] + lost};
}

bool AnyNan(const std::vector<double>& values) {
  double all = 0;
  for (const double value : values) all += value * 0;  // NaN stays NaN, and an infinity becomes one
  return std::isnan(all);
}

}  // namespace

void FloatWindowsBuilder::DropUnusable(FloatColumns& samples) const {
  const TimestampMs last = windows_.empty() ? kMinTimestamp : windows_.back().last_time;
  const bool follows = windows_.empty() || samples.empty() || samples.times.front() > last;
  if (follows && StrictlyAscend(samples.times) && !AnyNan(samples.values)) return;
  size_t kept = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const TimestampMs before = kept > 0 ? samples.times[kept - 1] : last;
    if (std::isnan(samples.values[i]) || ((kept > 0 || !windows_.empty()) && samples.times[i] <= before)) continue;
    samples.times[kept] = samples.times[i];
    samples.values[kept++] = samples.values[i];
  }
  samples.times.resize(kept);
  samples.values.resize(kept);
}

void FloatWindowsBuilder::AddSamples(FloatColumns& samples) {
  DropUnusable(samples);
  const std::vector<TimestampMs>& times = samples.times;
  for (size_t begin = 0; begin < times.size();) {
    const TimestampMs window_end = WindowEnd(times[begin], resolution_ms_);
    size_t end = begin + 1;
    while (end < times.size() && times[end] <= window_end) ++end;
    FloatWindow window = Summarize(&times[begin], &samples.values[begin], end - begin);
    window.end = window_end;
    JoinTo(windows_, window);
    begin = end;
  }
}

absl::Status FloatWindowsBuilder::AddAggregates(const AggrChunkParts& parts) {
  const auto decode = [](const AggrChunkParts::Part& part, SeriesSamples& out) {
    out.Clear();
    if (part.encoding == ChunkEncoding::kNone) return DataLoss("an aggregate is missing");
    return DecodeChunk(part.encoding, part.data, out);
  };
  VARVE_RETURN_IF_ERROR(Annotate(decode(parts.count, counts_), "count"));
  VARVE_RETURN_IF_ERROR(Annotate(decode(parts.sum, sums_), "sum"));
  VARVE_RETURN_IF_ERROR(Annotate(decode(parts.min, mins_), "min"));
  VARVE_RETURN_IF_ERROR(Annotate(decode(parts.max, maxs_), "max"));
  VARVE_RETURN_IF_ERROR(Annotate(decode(parts.counter, counters_), "counter"));
  const std::vector<TimestampMs>& times = counts_.floats.times;
  const FloatColumns& counter = counters_.floats;
  if (sums_.floats.times != times || mins_.floats.times != times || maxs_.floats.times != times) {
    return DataLoss("the timestamps of count, sum, min and max differ");
  }
  if (times.empty()) return absl::OkStatus();
  if (!StrictlyAscend(times)) return DataLoss("timestamps of aggregates do not ascend");
  // The counter begins with the first sample, has a total a window, and ends with the last value at the time of the last total.
  if (counter.size() != times.size() + 2 || !std::equal(times.begin(), times.end(), counter.times.begin() + 1) ||
      counter.times.front() > times.front() || counter.times.back() != times.back()) {
    return DataLoss("the timestamps of the counter do not fit those of the count");
  }
  double total = counter.values.front();
  TimestampMs start = counter.times.front();
  for (size_t i = 0; i < times.size(); ++i) {
    const double before = std::exchange(total, counter.values[i + 1]);
    if (!(windows_.empty() || windows_.back().last_time < times[i])) continue;  // overlaps what was there before
    JoinTo(windows_, {.end = WindowEnd(times[i], resolution_ms_),
                      .first_time = start,
                      .last_time = times[i],
                      .count = counts_.floats.values[i],
                      .sum = sums_.floats.values[i],
                      .min = mins_.floats.values[i],
                      .max = maxs_.floats.values[i],
                      .first = before,
                      .last = i + 1 < times.size() ? total : counter.values.back(),
                      .rise = total - before});
    start = times[i] + 1;
  }
  return absl::OkStatus();
}

std::vector<FloatWindow> FloatWindowsBuilder::Release() { return std::exchange(windows_, {}); }

std::vector<FloatWindow> Coarsen(std::span<const FloatWindow> windows, int64_t resolution_ms) {
  std::vector<FloatWindow> coarser;
  for (FloatWindow window : windows) {
    window.end = WindowEnd(window.end, resolution_ms);
    JoinTo(coarser, window);
  }
  return coarser;
}

}  // namespace varve
