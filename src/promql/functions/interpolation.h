// Values between samples, for smoothed selectors.
//
// Source   prometheus promql/functions.go, interpolate and interpolateHistograms.
#pragma once

#include <optional>

#include "promql/functions/function.h"

namespace varve::promql {

// The value at `time` on the line from one sample to the next. A counter that fell in between is taken to have started from 0.
double Interpolate(TimestampMs time1, double value1, TimestampMs time2, double value2, TimestampMs time, bool counter);

// The same for histograms; nothing, with an annotation, if they do not fit together.
struct HistogramPoint {
  TimestampMs time;
  const FloatHistogram& histogram;
};
std::optional<FloatHistogram> Interpolate(HistogramPoint from, HistogramPoint to, TimestampMs time, bool counter,
                                          std::string_view metric_name, PositionRange position, Annotations& annotations);

}  // namespace varve::promql
