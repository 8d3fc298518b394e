// Did a counter start anew between two samples?
//
// Shape    true if `current` counts less than `previous` somewhere: in all, in the zero bucket, in a bucket, or because its
// buckets
//          are finer or its zero bucket narrower, which only a new start explains. The hint of `current` decides at once if it
//          says kReset or kNotReset. The sum plays no part.
// Source   prometheus model/histogram/float_histogram.go, DetectReset.
#pragma once

#include "model/histogram.h"

namespace varve {

bool DetectReset(const FloatHistogram& current, const FloatHistogram& previous);

}  // namespace varve
