// The part of a histogram below or above a value: PromQL's `</` and `>/`.
//
// Shape    a bucket that holds the value is cut in proportion: on a linear scale (custom and zero buckets) or a logarithmic one.
// The
//          count is that of what stays, the sum is estimated from the middles of the buckets; both stay if nothing was cut off.
// Source   prometheus model/histogram/float_histogram.go, TrimBuckets.
#pragma once

#include "model/histogram.h"

namespace varve {

void KeepBelow(FloatHistogram& histogram, double value);  // histogram </ value
void KeepAbove(FloatHistogram& histogram, double value);  // histogram >/ value

}  // namespace varve
