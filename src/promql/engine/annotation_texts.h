// The annotations of PromQL, one maker each, with Prometheus' words.
//
// Shape    `metric_name` is quoted in the text; where the name is optional, an empty one leaves the text without it.
// Source   prometheus util/annotations/annotations.go.
#pragma once

#include <string>
#include <string_view>

#include "promql/engine/annotations.h"

namespace varve::promql {

// Which arithmetic on histograms an annotation is about.
enum class HistogramOperation { kAddition, kSubtraction, kAggregation };

// Warnings.
Annotation InvalidQuantile(double quantile, PositionRange position);
Annotation InvalidRatio(double ratio, double capped_to, PositionRange position);
Annotation BadBucketLabel(std::string_view metric_name, std::string_view label, PositionRange position);
Annotation MixedFloatsHistograms(std::string_view metric_name, PositionRange position);
Annotation MixedFloatsHistogramsAggregation(PositionRange position);
Annotation MixedClassicNativeHistograms(std::string_view metric_name, PositionRange position);
Annotation NativeHistogramNotCounter(std::string_view metric_name, PositionRange position);
Annotation NativeHistogramNotGauge(std::string_view metric_name, PositionRange position);
Annotation MixedExponentialCustomHistograms(std::string_view metric_name, PositionRange position);
Annotation IncompatibleBucketLayout(std::string_view op, PositionRange position);
Annotation SortInRangeQuery(PositionRange position);
Annotation HistogramCounterResetCollision(HistogramOperation operation, PositionRange position);
Annotation StartTimeOverlap(std::string_view metric_name, PositionRange position);

// Infos.
// Ours: windows of `range_ms` were read from data of a coarser resolution.
Annotation WidenedWindow(std::string_view metric_name, int64_t range_ms, int64_t resolution_ms, PositionRange position);
Annotation PossibleNonCounter(std::string_view metric_name, PositionRange position);
Annotation PossibleNonCounterLabel(std::string_view metric_name, std::string_view type, PositionRange position);
Annotation ForcedMonotonicity(std::string_view metric_name, const Annotation::Repairs& repairs, PositionRange position);
Annotation IncompatibleTypes(std::string_view lhs, std::string_view op, std::string_view rhs, PositionRange position);
Annotation HistogramIgnoredInAggregation(std::string_view aggregation, PositionRange position);
Annotation HistogramIgnoredInMixedRange(std::string_view metric_name, PositionRange position);
Annotation NativeHistogramQuantileNanResult(std::string_view metric_name, PositionRange position);
Annotation NativeHistogramQuantileNanSkew(std::string_view metric_name, PositionRange position);
Annotation NativeHistogramFractionNans(std::string_view metric_name, PositionRange position);
Annotation MismatchedCustomBuckets(HistogramOperation operation, PositionRange position);

// A float as Go's %g prints it: the shortest digits, with an exponent below 1e-4 and from 1e6 up.
std::string ShortFloat(double value);

}  // namespace varve::promql
