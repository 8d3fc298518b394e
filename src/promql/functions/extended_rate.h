// rate, increase and delta of anchored and smoothed selectors: the change between the ends of the range themselves, where the
// value is taken from the last sample before (anchored) or interpolated between the samples around (smoothed).
//
// Source   prometheus promql/functions.go, extendedRate and extendedHistogramRate.
#pragma once

#include "promql/functions/function.h"

namespace varve::promql {

struct RateFlavour {
  bool counter;  // falls are resets
  bool per_second;
};

void ExtendedRates(const RangeInput& input, RateFlavour flavour, StepSeries& out, Annotations& annotations);

}  // namespace varve::promql
