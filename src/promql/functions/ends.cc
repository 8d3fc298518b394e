// What stands at the ends of a window: first_over_time, last_over_time, their timestamps, and whether there is anything at all.
//
// Source   prometheus promql/functions.go.
#include <algorithm>
#include <memory>

#include "promql/functions/function_tables.h"

namespace varve::promql {
namespace {

enum class End { kFirst, kLast };

// The index in `window` of its first or last sample; the window is not empty.
uint32_t IndexAt(Window window, End end) { return end == End::kFirst ? window.begin : window.end - 1; }

// Whether the sample at that end of the step's window is a float. Of samples at the same moment the histogram counts.
bool FloatIsOuter(const RangeInput& input, size_t step, End end) {
  const Window floats = input.windows[step], histograms = input.histogram_window(step);
  if (histograms.empty()) return true;
  if (floats.empty()) return false;
  const TimestampMs float_time = input.times[IndexAt(floats, end)];
  const TimestampMs histogram_time = input.histogram_times[IndexAt(histograms, end)];
  return end == End::kFirst ? float_time < histogram_time : histogram_time < float_time;
}

template <End kEnd>
absl::Status SampleAt(const RangeInput& input, StepSeries& out, Annotations&) {
  HistogramPtr shared;  // steps that see the same histogram share one copy
  uint32_t shared_index = 0;
  for (size_t step = 0; step < out.steps(); ++step) {
    const Window floats = input.windows[step], histograms = input.histogram_window(step);
    if (floats.empty() && histograms.empty()) continue;
    if (FloatIsOuter(input, step, kEnd)) {
      out.SetFloat(step, input.values[IndexAt(floats, kEnd)]);
      continue;
    }
    const uint32_t index = IndexAt(histograms, kEnd);
    if (shared == nullptr || shared_index != index) {
      shared = std::make_shared<const FloatHistogram>(input.histograms[index]);
      shared_index = index;
    }
    out.SetHistogram(step, shared);
  }
  return absl::OkStatus();
}

template <End kEnd>
absl::Status TimeAt(const RangeInput& input, StepSeries& out, Annotations&) {
  for (size_t step = 0; step < out.steps(); ++step) {
    const Window floats = input.windows[step], histograms = input.histogram_window(step);
    if (floats.empty() && histograms.empty()) continue;
    const TimestampMs time =
        FloatIsOuter(input, step, kEnd) ? input.times[IndexAt(floats, kEnd)] : input.histogram_times[IndexAt(histograms, kEnd)];
    out.SetFloat(step, static_cast<double>(time) / 1000);
  }
  return absl::OkStatus();
}

absl::Status PresentOverTime(const RangeInput& input, StepSeries& out, Annotations&) {
  for (size_t step = 0; step < out.steps(); ++step) {
    if (!input.windows[step].empty() || !input.histogram_window(step).empty()) out.SetFloat(step, 1);
  }
  return absl::OkStatus();
}

constexpr FunctionImpl kFunctions[] = {
    {.name = "first_over_time", .range = SampleAt<End::kFirst>, .keeps_name = true},
    {.name = "last_over_time", .range = SampleAt<End::kLast>, .keeps_name = true},
    {.name = "present_over_time", .range = PresentOverTime},
    {.name = "ts_of_first_over_time", .range = TimeAt<End::kFirst>},
    {.name = "ts_of_last_over_time", .range = TimeAt<End::kLast>},
};

}  // namespace

std::span<const FunctionImpl> EndFunctions() { return kFunctions; }

}  // namespace varve::promql
