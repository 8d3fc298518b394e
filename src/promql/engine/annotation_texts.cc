#include "promql/engine/annotation_texts.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "base/duration.h"
#include "base/float_text.h"
#include "model/quote.h"

namespace varve::promql {
namespace {

using Severity = Annotation::Severity;

Annotation Make(Severity severity, std::string text, PositionRange position) {
  return {.severity = severity, .text = std::move(text), .position = position};
}

Annotation Warning(PositionRange position, std::string text) { return Make(Severity::kWarning, std::move(text), position); }
Annotation Info(PositionRange position, std::string text) { return Make(Severity::kInfo, std::move(text), position); }

std::string ForMetric(std::string text, std::string_view metric_name) {
  if (!metric_name.empty()) text += " for metric name " + Quoted(metric_name);
  return text;
}

std::string_view ToString(HistogramOperation operation) {
  switch (operation) {
    case HistogramOperation::kAddition: return "addition";
    case HistogramOperation::kSubtraction: return "subtraction";
    case HistogramOperation::kAggregation: return "aggregation";
  }
  return "unknown operation";
}

}  // namespace

Annotation InvalidQuantile(double quantile, PositionRange position) {
  return Warning(position, "quantile value should be between 0 and 1, got " + ShortFloat(quantile));
}

Annotation InvalidRatio(double ratio, double capped_to, PositionRange position) {
  return Warning(position, fmt::format("ratio value should be between -1 and 1, got {}, capping to {}", ShortFloat(ratio),
                                       ShortFloat(capped_to)));
}

Annotation BadBucketLabel(std::string_view metric_name, std::string_view label, PositionRange position) {
  return Warning(position, ForMetric("bucket label \"le\" is missing or has a malformed value of " + Quoted(label), metric_name));
}

Annotation MixedFloatsHistograms(std::string_view metric_name, PositionRange position) {
  return Warning(position, "encountered a mix of histograms and floats for metric name " + Quoted(metric_name));
}

Annotation MixedFloatsHistogramsAggregation(PositionRange position) {
  return Warning(position, "encountered a mix of histograms and floats for aggregation");
}

Annotation MixedClassicNativeHistograms(std::string_view metric_name, PositionRange position) {
  return Warning(position, ForMetric("vector contains a mix of classic and native histograms", metric_name));
}

Annotation NativeHistogramNotCounter(std::string_view metric_name, PositionRange position) {
  return Warning(position, "this native histogram metric is not a counter: " + Quoted(metric_name));
}

Annotation NativeHistogramNotGauge(std::string_view metric_name, PositionRange position) {
  return Warning(position, "this native histogram metric is not a gauge: " + Quoted(metric_name));
}

Annotation MixedExponentialCustomHistograms(std::string_view metric_name, PositionRange position) {
  return Warning(position, "vector contains a mix of histograms with exponential and custom buckets schemas for metric name " +
                               Quoted(metric_name));
}

Annotation IncompatibleBucketLayout(std::string_view op, PositionRange position) {
  return Warning(position, fmt::format("incompatible bucket layout encountered for binary operator {}", op));
}

Annotation SortInRangeQuery(PositionRange position) {
  return Warning(position, "sort is ineffective for range queries since results are always ordered by labels");
}

Annotation HistogramCounterResetCollision(HistogramOperation operation, PositionRange position) {
  return Warning(position, fmt::format("conflicting counter resets during histogram {}", ToString(operation)));
}

Annotation StartTimeOverlap(std::string_view metric_name, PositionRange position) {
  Annotation annotation =
      Warning(position, "sample has start time that overlaps with previous sample timestamp for metric " + Quoted(metric_name));
  annotation.occurrences = 1;
  return annotation;
}

Annotation WidenedWindow(std::string_view metric_name, int64_t range_ms, int64_t resolution_ms, PositionRange position) {
  return Info(position, ForMetric(fmt::format("windows of {} are widened to the {} of downsampled data",
                                              FormatPrometheusDuration(range_ms), FormatPrometheusDuration(resolution_ms)),
                                  metric_name));
}

Annotation PossibleNonCounter(std::string_view metric_name, PositionRange position) {
  return Info(position, "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: " + Quoted(metric_name));
}

Annotation PossibleNonCounterLabel(std::string_view metric_name, std::string_view type, PositionRange position) {
  return Info(position,
              fmt::format("metric might not be a counter, __type__ label is not set to \"counter\" or \"histogram\", got {}: {}",
                          Quoted(type), Quoted(metric_name)));
}

Annotation ForcedMonotonicity(std::string_view metric_name, const Annotation::Repairs& repairs, PositionRange position) {
  Annotation annotation =
      Info(position, ForMetric("input to histogram_quantile needed to be fixed for monotonicity (see "
                               "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)",
                               metric_name));
  annotation.repairs = repairs;
  return annotation;
}

Annotation IncompatibleTypes(std::string_view lhs, std::string_view op, std::string_view rhs, PositionRange position) {
  return Info(position,
              fmt::format("incompatible sample types encountered for binary operator {}: {} {} {}", Quoted(op), lhs, op, rhs));
}

Annotation HistogramIgnoredInAggregation(std::string_view aggregation, PositionRange position) {
  return Info(position, fmt::format("ignored histogram in {} aggregation", aggregation));
}

Annotation HistogramIgnoredInMixedRange(std::string_view metric_name, PositionRange position) {
  return Info(position,
              "ignored histograms in a range containing both floats and histograms for metric name " + Quoted(metric_name));
}

Annotation NativeHistogramQuantileNanResult(std::string_view metric_name, PositionRange position) {
  return Info(position, ForMetric("input to histogram_quantile has NaN observations, result is NaN", metric_name));
}

Annotation NativeHistogramQuantileNanSkew(std::string_view metric_name, PositionRange position) {
  return Info(position, ForMetric("input to histogram_quantile has NaN observations, result is skewed higher", metric_name));
}

Annotation NativeHistogramFractionNans(std::string_view metric_name, PositionRange position) {
  return Info(position,
              ForMetric("input to histogram_fraction has NaN observations, which are excluded from all fractions", metric_name));
}

Annotation MismatchedCustomBuckets(HistogramOperation operation, PositionRange position) {
  return Info(position, fmt::format("mismatched custom buckets were reconciled during {}", ToString(operation)));
}

std::string ShortFloat(double value) {
  if (!std::isfinite(value) || value == 0) return FormatFloatFixed(value);
  const std::string exponent_form = FormatFloatExponent(value);
  const int exponent = std::atoi(exponent_form.c_str() + exponent_form.find('e') + 1);
  return exponent < -4 || exponent >= 6 ? exponent_form : FormatFloatFixed(value);
}

}  // namespace varve::promql
