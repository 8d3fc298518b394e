// irate and idelta: the change between the last two samples of a window.
//
// Source   prometheus promql/functions.go, instantValue.
#include <array>
#include <optional>
#include <utility>

#include "model/histogram_arithmetic.h"
#include "model/histogram_reset.h"
#include "promql/engine/annotation_texts.h"
#include "promql/functions/counter_resets.h"
#include "promql/functions/function_tables.h"
#include "promql/functions/sample_pairs.h"

namespace varve::promql {
namespace {

struct LastTwo {
  MixedSample previous, current;
};

// The last two samples of the windows together. Of a float and a histogram at the same moment the histogram comes first.
std::optional<LastTwo> FindLastTwo(const RangeInput& input, Window floats, Window histograms) {
  if (floats.size() + histograms.size() < 2) return std::nullopt;
  std::array<MixedSample, 2> found;
  for (size_t i = 2; i-- > 0;) {
    const bool take_float =
        histograms.empty() || (!floats.empty() && input.times[floats.end - 1] >= input.histogram_times[histograms.end - 1]);
    found[i] = take_float ? FloatSample(input, --floats.end) : HistogramSample(input, --histograms.end);
  }
  return LastTwo{found[0], found[1]};
}

bool StartedAnew(const LastTwo& pair) {
  return IsStartTimestampReset(pair.previous.start_time, pair.previous.time, pair.current.start_time, pair.current.time);
}

double FloatChange(const LastTwo& pair, bool counter) {
  const bool reset = counter && (pair.current.value < pair.previous.value || StartedAnew(pair));
  return reset ? pair.current.value : pair.current.value - pair.previous.value;
}

// Nothing for histograms that have no difference.
std::optional<FloatHistogram> HistogramChange(const RangeInput& input, const LastTwo& pair, bool counter,
                                              Annotations& annotations) {
  const FloatHistogram &current = *pair.current.histogram, &previous = *pair.previous.histogram;
  const bool both_gauges = current.reset_hint == CounterResetHint::kGauge && previous.reset_hint == CounterResetHint::kGauge;
  const bool some_gauge = current.reset_hint == CounterResetHint::kGauge || previous.reset_hint == CounterResetHint::kGauge;
  if (counter && some_gauge) annotations.Add(NativeHistogramNotCounter(input.metric_name(), input.call.selector_position));
  if (!counter && !both_gauges) annotations.Add(NativeHistogramNotGauge(input.metric_name(), input.call.selector_position));

  FloatHistogram change = current;
  if (!counter || !(StartedAnew(pair) || DetectReset(current, previous))) {
    const absl::StatusOr<HistogramNotes> notes = SubtractHistogram(change, previous);
    if (!notes.ok()) {
      annotations.Add(MixedExponentialCustomHistograms(input.metric_name(), input.call.selector_position));
      return std::nullopt;
    }
    if (notes->bounds_reconciled) {
      annotations.Add(MismatchedCustomBuckets(HistogramOperation::kSubtraction, input.call.selector_position));
    }
  }
  change.reset_hint = CounterResetHint::kGauge;
  CompactHistogram(change);
  return change;
}

template <bool kRate>
absl::Status InstantChange(const RangeInput& input, StepSeries& out, Annotations& annotations) {
  for (size_t step = 0; step < out.steps(); ++step) {
    const std::optional<LastTwo> pair = FindLastTwo(input, input.windows[step], input.histogram_window(step));
    if (!pair.has_value() || pair->current.time == pair->previous.time) continue;
    const double seconds = static_cast<double>(pair->current.time - pair->previous.time) / 1000;
    if ((pair->current.histogram == nullptr) != (pair->previous.histogram == nullptr)) {
      annotations.Add(MixedFloatsHistograms(input.metric_name(), input.call.selector_position));
    } else if (pair->current.histogram == nullptr) {
      const double change = FloatChange(*pair, kRate);
      out.SetFloat(step, kRate ? change / seconds : change);
    } else if (std::optional<FloatHistogram> change = HistogramChange(input, *pair, kRate, annotations)) {
      if (kRate) DivideHistogram(*change, seconds);
      out.SetHistogram(step, *std::move(change));
    }
  }
  return absl::OkStatus();
}

constexpr FunctionImpl kFunctions[] = {
    {.name = "idelta", .range = InstantChange<false>},
    {.name = "irate", .range = InstantChange<true>},
};

}  // namespace

std::span<const FunctionImpl> InstantRateFunctions() { return kFunctions; }

}  // namespace varve::promql
