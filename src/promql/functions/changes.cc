// changes and resets: how often neighbouring samples of a window differ, or fall back to zero.
//
// Source   prometheus promql/functions.go. With an anchored selector the last sample at or before the window's start counts as
// its first.
#include <algorithm>
#include <cmath>

#include "model/histogram_arithmetic.h"
#include "model/histogram_reset.h"
#include "promql/functions/counter_resets.h"
#include "promql/functions/function_tables.h"
#include "promql/functions/sample_pairs.h"

namespace varve::promql {
namespace {

bool Differs(const MixedSample& previous, const MixedSample& current) {
  if ((previous.histogram == nullptr) != (current.histogram == nullptr)) return true;
  if (current.histogram != nullptr) return !SameHistogram(*current.histogram, *previous.histogram);
  return current.value != previous.value && !(std::isnan(current.value) && std::isnan(previous.value));
}

bool WasReset(const MixedSample& previous, const MixedSample& current) {
  if ((previous.histogram == nullptr) != (current.histogram == nullptr)) return true;
  if (IsStartTimestampReset(previous.start_time, previous.time, current.start_time, current.time)) return true;
  return current.histogram != nullptr ? DetectReset(*current.histogram, *previous.histogram) : current.value < previous.value;
}

// What is left of the windows of an anchored selector: the anchor, which is the latest sample at or before the range's start,
// and what follows it. Empty if nothing does.
struct Windows {
  Window floats, histograms;
};
Windows FromAnchor(const RangeInput& input, size_t step, Windows windows) {
  const TimestampMs start = input.call.RangeStart(step);
  const auto first_after = [start](std::span<const TimestampMs> times, Window window) {
    const auto begin = times.begin() + window.begin, end = times.begin() + window.end;
    return static_cast<uint32_t>(std::upper_bound(begin, end, start) - times.begin());
  };
  const uint32_t floats_after = first_after(input.times, windows.floats);
  const uint32_t histograms_after =
      windows.histograms.empty() ? windows.histograms.begin : first_after(input.histogram_times, windows.histograms);
  if (floats_after == windows.floats.end && histograms_after == windows.histograms.end) return {};
  const bool float_before = floats_after > windows.floats.begin, histogram_before = histograms_after > windows.histograms.begin;
  const bool float_is_anchor =
      float_before && (!histogram_before || input.times[floats_after - 1] >= input.histogram_times[histograms_after - 1]);
  windows.floats.begin = float_is_anchor ? floats_after - 1 : floats_after;
  windows.histograms.begin = histogram_before && !float_is_anchor ? histograms_after - 1 : histograms_after;
  return windows;
}

template <bool (*kCounts)(const MixedSample&, const MixedSample&)>
absl::Status CountPairs(const RangeInput& input, StepSeries& out, Annotations&) {
  for (size_t step = 0; step < out.steps(); ++step) {
    Windows windows = {input.windows[step], input.histogram_window(step)};
    if (input.call.anchored) windows = FromAnchor(input, step, windows);
    if (windows.floats.empty() && windows.histograms.empty()) continue;
    int64_t count = 0;
    ForEachPair(input, windows.floats, windows.histograms,
                [&](const MixedSample& previous, const MixedSample& current) { count += kCounts(previous, current) ? 1 : 0; });
    out.SetFloat(step, static_cast<double>(count));
  }
  return absl::OkStatus();
}

constexpr FunctionImpl kFunctions[] = {
    {.name = "changes", .range = CountPairs<Differs>, .anchored = true},
    {.name = "resets", .range = CountPairs<WasReset>, .anchored = true},
};

}  // namespace

std::span<const FunctionImpl> ChangeFunctions() { return kFunctions; }

}  // namespace varve::promql
