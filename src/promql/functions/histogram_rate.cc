#include "promql/functions/histogram_rate.h"

#include <algorithm>
#include <utility>

#include "model/histogram_arithmetic.h"
#include "promql/engine/annotation_texts.h"

namespace varve::promql {
namespace {

using Samples = std::span<const FloatHistogram>;

bool Annotate(const absl::StatusOr<HistogramNotes>& notes, HistogramOperation operation, const RangeInput& input,
              Annotations& annotations) {
  if (!notes.ok()) {
    annotations.Add(MixedExponentialCustomHistograms(input.metric_name(), input.call.selector_position));
    return false;
  }
  if (notes->bounds_reconciled) annotations.Add(MismatchedCustomBuckets(operation, input.call.selector_position));
  return true;
}

bool IsGauge(const FloatHistogram& histogram) { return histogram.reset_hint == CounterResetHint::kGauge; }

// What a counter was before a reset: nothing, with the buckets of what came after.
FloatHistogram NothingLike(const FloatHistogram& histogram) {
  FloatHistogram nothing;
  nothing.schema = histogram.schema;
  nothing.custom_values = histogram.custom_values;
  return nothing;
}

void AnnotateKind(const RangeInput& input, Samples samples, bool counter, Annotations& annotations) {
  const PositionRange position = input.call.selector_position;
  if (counter && std::any_of(samples.begin(), samples.end(), IsGauge)) {
    annotations.Add(NativeHistogramNotCounter(input.metric_name(), position));
  }
  if (!counter && (!IsGauge(samples.front()) || !IsGauge(samples.back()))) {
    annotations.Add(NativeHistogramNotGauge(input.metric_name(), position));
  }
}

// True if all samples that matter have buckets of the same kind as `first`.
bool SameKind(const FloatHistogram& first, Samples samples, bool counter) {
  const auto same = [&](const FloatHistogram& histogram) {
    return histogram.uses_custom_buckets() == first.uses_custom_buckets();
  };
  return same(samples.back()) && (!counter || std::all_of(samples.begin() + 1, samples.end(), same));
}

}  // namespace

bool AddWithAnnotations(FloatHistogram& sum, const FloatHistogram& addend, const RangeInput& input, Annotations& annotations) {
  return Annotate(AddHistogram(sum, addend), HistogramOperation::kAddition, input, annotations);
}

bool SubtractWithAnnotations(FloatHistogram& difference, const FloatHistogram& subtrahend, const RangeInput& input,
                             Annotations& annotations) {
  return Annotate(SubtractHistogram(difference, subtrahend), HistogramOperation::kSubtraction, input, annotations);
}

std::optional<FloatHistogram> HistogramIncrease(const RangeInput& input, Window window, CounterResets* resets,
                                                Annotations& annotations) {
  const bool counter = resets != nullptr;
  const Samples samples = input.histograms.subspan(window.begin, window.size());
  std::span<const uint32_t> inside = counter ? resets->Within(window) : std::span<const uint32_t>();
  FloatHistogram first = samples[0];
  if (!inside.empty() && inside[0] == window.begin + 1) {
    first = NothingLike(samples[1]);  // what came before the reset need not even have the same buckets
    inside = inside.subspan(1);
  }
  if (!SameKind(first, samples, counter)) {
    annotations.Add(MixedExponentialCustomHistograms(input.metric_name(), input.call.selector_position));
    return std::nullopt;
  }
  AnnotateKind(input, samples, counter, annotations);
  int32_t schema = std::min(first.schema, samples.back().schema);
  if (counter) {
    for (const FloatHistogram& histogram : samples.subspan(1)) schema = std::min(schema, histogram.schema);
  }
  FloatHistogram increase = CopyToSchema(samples.back(), schema);
  if (!SubtractWithAnnotations(increase, first, input, annotations)) return std::nullopt;
  for (const uint32_t reset : inside) {
    if (!AddWithAnnotations(increase, input.histograms[reset - 1], input, annotations)) return std::nullopt;
  }
  increase.reset_hint = CounterResetHint::kGauge;
  CompactHistogram(increase);
  return increase;
}

}  // namespace varve::promql
