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

void FloatWindowsBuilder::DropUnusable(TimestampMs behind, FloatColumns& samples) const {
  TimestampMs last = windows_.empty() ? behind : std::max(behind, windows_.back().last_time);
  const bool follows = samples.empty() || samples.times.front() > last;
  if (follows && StrictlyAscend(samples.times) && !AnyNan(samples.values)) return;
  size_t kept = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (std::isnan(samples.values[i]) || samples.times[i] <= last) continue;
    last = samples.times[i];
    samples.times[kept] = samples.times[i];
    samples.values[kept++] = samples.values[i];
  }
  samples.times.resize(kept);
  samples.values.resize(kept);
}

void FloatWindowsBuilder::AddSamples(FloatColumns& samples, TimestampMs behind) {
  DropUnusable(behind, samples);
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
  // The counter begins with the first sample, has a total a window, and one more before it behind a gap, and ends with the last value
  // at the time of the last total.
  const absl::Status misfit = DataLoss("the timestamps of the counter do not fit those of the count");
  if (counter.size() < times.size() + 2 || counter.times.front() > times.front()) return misfit;
  double total = counter.values.front();
  TimestampMs first_time = counter.times.front();
  size_t next = 1;
  for (size_t i = 0; i < times.size(); ++i) {
    double first = total;
    if (next + 1 < counter.size() && counter.times[next] > first_time && counter.times[next] < times[i]) {
      first_time = counter.times[next];
      first = counter.values[next++];
    }
    if (next + 1 >= counter.size() || counter.times[next] != times[i]) return misfit;
    total = counter.values[next++];
    const bool last = i + 1 == times.size();
    if (windows_.empty() || windows_.back().last_time < times[i]) {  // else it overlaps what was there before
      JoinTo(windows_, {.end = WindowEnd(times[i], resolution_ms_),
                        .first_time = first_time,
                        .last_time = times[i],
                        .count = counts_.floats.values[i],
                        .sum = sums_.floats.values[i],
                        .min = mins_.floats.values[i],
                        .max = maxs_.floats.values[i],
                        .first = first,
                        .last = last ? counter.values.back() : total,
                        .rise = total - first});
    }
    if (!last) first_time = times[i] + 1;
  }
  if (next + 1 != counter.size() || counter.times.back() != times.back()) return misfit;
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
