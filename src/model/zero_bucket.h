// Zero buckets of different width: the narrower one grows until it swallows whole buckets only.
// Source: prometheus model/histogram/float_histogram.go, zeroCountForLargerThreshold and reconcileZeroBuckets.
#pragma once

#include "model/histogram.h"
#include "model/kahan_sum.h"

namespace varve {

struct WidenedZeroBucket {
  double threshold = 0;
  KahanSum count;
};

// What the zero bucket would be with at least this threshold. If that lies within a bucket that is not empty, the threshold
// becomes the bucket's outer bound.
WidenedZeroBucket WidenZeroBucket(const FloatHistogram& histogram, const FloatHistogram* compensation, double threshold);

// Makes the zero bucket of `histogram` (and its compensation, if any) wide enough for both, and returns the count that `other`
// would have in one as wide. Buckets of `other` within the threshold are part of that count.
KahanSum ReconcileZeroBuckets(FloatHistogram& histogram, FloatHistogram* compensation, const FloatHistogram& other);

}  // namespace varve
