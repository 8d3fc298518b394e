// The samples of one window, floats and histograms together, in the order of time.
#pragma once

#include <optional>

#include "promql/functions/function.h"

namespace varve::promql {

struct MixedSample {
  TimestampMs time = 0, start_time = 0;  // start_time 0: unknown
  double value = 0;
  const FloatHistogram* histogram = nullptr;  // null for a float
};

inline MixedSample FloatSample(const RangeInput& input, uint32_t index) {
  return {.time = input.times[index],
          .start_time = input.start_times.empty() ? 0 : input.start_times[index],
          .value = input.values[index]};
}

inline MixedSample HistogramSample(const RangeInput& input, uint32_t index) {
  return {.time = input.histogram_times[index],
          .start_time = input.histogram_start_times.empty() ? 0 : input.histogram_start_times[index],
          .histogram = &input.histograms[index]};
}

// Calls visit(previous, current) for each two neighbours of the windows.
template <typename Visit>
void ForEachPair(const RangeInput& input, Window floats, Window histograms, const Visit& visit) {
  std::optional<MixedSample> previous;
  while (!floats.empty() || !histograms.empty()) {
    const bool take_float =
        histograms.empty() || (!floats.empty() && input.times[floats.begin] < input.histogram_times[histograms.begin]);
    const MixedSample current = take_float ? FloatSample(input, floats.begin++) : HistogramSample(input, histograms.begin++);
    if (previous.has_value()) visit(*previous, current);
    previous = current;
  }
}

}  // namespace varve::promql
