// The increase of a native histogram within a window, before extrapolation.
//
// Source   prometheus promql/functions.go, histogramRate.
#pragma once

#include <optional>

#include "promql/functions/counter_resets.h"

namespace varve::promql {

// The last histogram of `window` minus the first one, plus what was lost in resets (`resets`, if it is a counter; else null).
// `window` has two samples at least. Nothing, with an annotation, if the histograms do not fit together.
std::optional<FloatHistogram> HistogramIncrease(const RangeInput& input, Window window, CounterResets* resets,
                                                Annotations& annotations);

// Adds or subtracts with the annotations range functions give; false if the histograms do not fit together.
bool AddWithAnnotations(FloatHistogram& sum, const FloatHistogram& addend, const RangeInput& input, Annotations& annotations);
bool SubtractWithAnnotations(FloatHistogram& difference, const FloatHistogram& subtrahend, const RangeInput& input,
                             Annotations& annotations);

}  // namespace varve::promql
