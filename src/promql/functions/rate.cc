// rate, increase and delta: the change of a series within a window, extrapolated to the window's ends.
//
// Source   prometheus promql/functions.go, extrapolatedRate.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "model/histogram_arithmetic.h"
#include "promql/duration_seconds.h"
#include "promql/engine/annotation_texts.h"
#include "promql/functions/counter_resets.h"
#include "promql/functions/extended_rate.h"
#include "promql/functions/extrapolation.h"
#include "promql/functions/function_tables.h"
#include "promql/functions/histogram_rate.h"
#include "promql/functions/window_changes.h"

namespace varve::promql {
namespace {

// The rates of the windows that hold floats only. Resets are found once for the whole series; a window then needs its two ends and
// the resets between them.
void FloatRates(const RangeInput& input, RateFlavour flavour, StepSeries& out) {
  CounterResets resets;
  if (flavour.counter) resets.Find(input.times, input.values, {});
  const double divisor = flavour.per_second ? DurationSeconds(input.call.range_ms) : 1;
  const auto set = [&out](size_t step, double value) { out.SetFloat(step, value); };
  WindowChanges changes;
  for (size_t step = 0; step < out.steps(); ++step) {
    const Window window = input.windows[step];
    if (window.size() < 2 || !input.histogram_window(step).empty()) continue;
    const uint32_t first = window.begin, last = window.end - 1;
    double change = input.values[last] - input.values[first];
    if (flavour.counter) {
      for (const uint32_t at : resets.Within(window)) change += input.values[at - 1];
    }
    const TimestampMs end = input.call.RangeEnd(step);
    changes.Add(step, {.change = change,
                       .first_value = flavour.counter ? input.values[first] : -1,
                       .sampled_ms = input.times[last] - input.times[first],
                       .to_start_ms = input.times[first] - (end - input.call.range_ms),
                       .to_end_ms = end - input.times[last],
                       .gaps = window.size() - 1});
    if (changes.full()) changes.Extrapolate(divisor, set);
  }
  changes.Extrapolate(divisor, set);
}

// The same where samples of a counter say when it started: one sample is enough, and where the start lies within the window nothing is
// extrapolated to that side.
void StartedFloatRates(const RangeInput& input, bool per_second, StepSeries& out, Annotations& annotations) {
  const std::span<const TimestampMs> starts = input.start_times;
  CounterResets resets;
  resets.Find(input.times, input.values, starts);
  for (size_t step = 0; step < out.steps(); ++step) {
    const Window window = input.windows[step];
    if (window.empty() || !input.histogram_window(step).empty()) continue;
    const uint32_t first = window.begin, last = window.end - 1;
    double change = input.values[last] - input.values[first];
    for (const uint32_t at : resets.Within(window)) change += input.values[at - 1];
    if (resets.OverlapWithin(window)) annotations.Add(StartTimeOverlap(input.metric_name(), input.call.selector_position));
    Extrapolation shape(input.call, step, input.times[first], input.times[last], window.size());
    if (shape.StartsAt(starts[first])) {
      change += input.values[first];
    } else if (window.size() == 1) {
      continue;
    } else if (change > 0 && input.values[first] >= 0) {
      shape.NotBelowZero(input.values[first] / change);
    }
    out.SetFloat(step, change * shape.Factor(per_second));
  }
}

// Likewise for the windows that hold histograms only.
void HistogramRates(const RangeInput& input, RateFlavour flavour, StepSeries& out, Annotations& annotations) {
  if (input.histograms.empty()) return;
  const std::span<const TimestampMs> starts = flavour.counter ? input.histogram_start_times : std::span<const TimestampMs>();
  CounterResets resets;
  if (flavour.counter) resets.Find(input.histogram_times, input.histograms, starts);
  for (size_t step = 0; step < out.steps(); ++step) {
    const Window window = input.histogram_windows[step];
    if (window.empty() || !input.windows[step].empty()) continue;
    const uint32_t first = window.begin, last = window.end - 1;
    const FloatHistogram& first_histogram = input.histograms[first];
    std::optional<FloatHistogram> change;
    if (window.size() > 1) {
      change = HistogramIncrease(input, window, flavour.counter ? &resets : nullptr, annotations);
      if (!change.has_value()) continue;
    }
    if (flavour.counter && resets.OverlapWithin(window)) {
      annotations.Add(StartTimeOverlap(input.metric_name(), input.call.selector_position));
    }
    Extrapolation shape(input.call, step, input.histogram_times[first], input.histogram_times[last], window.size());
    if (!starts.empty() && shape.StartsAt(starts[first])) {
      if (!change.has_value()) {
        change = first_histogram;
      } else if (!AddWithAnnotations(*change, first_histogram, input, annotations)) {
        continue;
      }
    } else if (!change.has_value()) {
      continue;
    } else if (flavour.counter && change->count > 0 && first_histogram.count >= 0) {
      shape.NotBelowZero(first_histogram.count / change->count);
    }
    MultiplyHistogram(*change, shape.Factor(flavour.per_second));
    out.SetHistogram(step, *std::move(change));
  }
}

bool MayBeCounter(const RangeInput& input, std::string_view name) {
  if (input.call.type_and_unit_labels) {
    const std::string_view type = input.labels.Get("__type__");
    return type == "counter" || type == "histogram";
  }
  constexpr std::array<std::string_view, 4> kSuffixes = {"_total", "_sum", "_count", "_bucket"};
  return std::any_of(kSuffixes.begin(), kSuffixes.end(), [name](std::string_view suffix) { return name.ends_with(suffix); });
}

// Tells the author of a query who takes the rate of what looks like a gauge.
void WarnOfGauge(const RangeInput& input, Annotations& annotations) {
  const std::string_view name = input.metric_name();
  if (name.empty() || MayBeCounter(input, name)) return;
  annotations.Add(input.call.type_and_unit_labels
                      ? PossibleNonCounterLabel(name, input.labels.Get("__type__"), input.call.selector_position)
                      : PossibleNonCounter(name, input.call.selector_position));
}

// Windows with floats and histograms have no rate.
void WarnOfMixedWindows(const RangeInput& input, Annotations& annotations) {
  for (size_t step = 0; step < input.histogram_windows.size(); ++step) {
    if (input.windows[step].empty() || input.histogram_windows[step].empty()) continue;
    return annotations.Add(MixedFloatsHistograms(input.metric_name(), input.call.selector_position));
  }
}

bool HasFloats(const StepSeries& series) {
  for (size_t step = 0; step < series.steps(); ++step) {
    if (series.present.Test(step) && !series.IsHistogram(step)) return true;
  }
  return false;
}

template <bool kCounter, bool kPerSecond>
absl::Status Rate(const RangeInput& input, StepSeries& out, Annotations& annotations) {
  WarnOfMixedWindows(input, annotations);
  if (input.call.anchored || input.call.smoothed) {
    ExtendedRates(input, {.counter = kCounter, .per_second = kPerSecond}, out, annotations);
  } else {
    if (kCounter && !input.start_times.empty()) {
      StartedFloatRates(input, kPerSecond, out, annotations);
    } else {
      FloatRates(input, {.counter = kCounter, .per_second = kPerSecond}, out);
    }
    HistogramRates(input, {.counter = kCounter, .per_second = kPerSecond}, out, annotations);
  }
  if (kCounter && HasFloats(out)) WarnOfGauge(input, annotations);
  return absl::OkStatus();
}

constexpr FunctionImpl kFunctions[] = {
    {.name = "rate", .range = Rate<true, true>, .anchored = true, .smoothed = true},
    {.name = "increase", .range = Rate<true, false>, .anchored = true, .smoothed = true},
    {.name = "delta", .range = Rate<false, false>, .anchored = true, .smoothed = true},
};

}  // namespace

std::span<const FunctionImpl> RateFunctions() { return kFunctions; }

}  // namespace varve::promql
