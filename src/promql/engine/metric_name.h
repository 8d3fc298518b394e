// Taking the metric name off a series: what most operations do to their result. The type and unit labels go with the name.
//
// With delayed name removal the name stays until the query ends, so that label_replace and grouping can still see it; the
// series is only marked.
// Source   prometheus schema/labels.go, labels.DropReserved.
#pragma once

#include "promql/engine/step_series.h"

namespace varve::promql {

inline constexpr std::string_view kMetricType = "__type__";
inline constexpr std::string_view kMetricUnit = "__unit__";
inline bool IsMetadataLabel(std::string_view name) { return name == kMetricName || name == kMetricType || name == kMetricUnit; }

Labels WithoutMetadata(const Labels& labels);

// Drops the name of `series`, or marks it to be dropped.
inline void DropMetricName(StepSeries& series, bool delayed) {
  if (!delayed) series.labels = WithoutMetadata(series.labels);
  series.drop_name = true;
}

}  // namespace varve::promql
