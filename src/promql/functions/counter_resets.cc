#include "promql/functions/counter_resets.h"

#include "model/column_scans.h"
#include "model/histogram_reset.h"

namespace varve::promql {

bool IsStartTimestampReset(TimestampMs previous_start, TimestampMs previous_time, TimestampMs start, TimestampMs time) {
  if (start == 0 || start >= time) return false;  // unknown or nonsense
  if (start != previous_time) return start > previous_time;
  // Started at the sample before: a delta series, unless that one's own start is unknown or nonsense.
  return previous_start != 0 && previous_start < previous_time;
}

template <typename IsReset>
void CounterResets::FindWith(std::span<const TimestampMs> times, std::span<const TimestampMs> starts, const IsReset& is_reset) {
  for (uint32_t i = 1; i < times.size(); ++i) {
    if (is_reset(i) || (!starts.empty() && IsStartTimestampReset(starts[i - 1], times[i - 1], starts[i], times[i]))) {
      resets_.push_back(i);
    }
  }
  for (uint32_t i = 1; i < starts.size(); ++i) {
    if (starts[i] != 0 && starts[i] < times[i - 1] && starts[i] != starts[i - 1]) overlaps_.push_back(i);
  }
}

void CounterResets::Find(std::span<const TimestampMs> times, std::span<const double> values,
                         std::span<const TimestampMs> starts) {
  if (starts.empty()) {
    for (size_t i = FindDrop(values); i < values.size(); i = FindDrop(values, i + 1)) resets_.push_back(static_cast<uint32_t>(i));
    return;
  }
  FindWith(times, starts, [values](uint32_t i) { return values[i] < values[i - 1]; });
}

void CounterResets::Find(std::span<const TimestampMs> times, std::span<const FloatHistogram> values,
                         std::span<const TimestampMs> starts) {
  FindWith(times, starts, [values](uint32_t i) { return DetectReset(values[i], values[i - 1]); });
}

std::span<const uint32_t> CounterResets::Between(const std::vector<uint32_t>& indexes, size_t& first, Window window) {
  while (first < indexes.size() && indexes[first] <= window.begin) ++first;
  size_t end = first;
  while (end < indexes.size() && indexes[end] < window.end) ++end;
  return std::span(indexes).subspan(first, end - first);
}

}  // namespace varve::promql
