// A histogram's buckets one by one, with their bounds.
//
//   for (BucketIterator it(histogram, BucketOrder::kAll); it.Next();) total += it.At().count;
//
// Shape    kPositive and kNegative start next to the zero bucket and go outwards, the reverse orders come back; kAll goes from
// the
//          lowest bucket to the highest and gives the zero bucket if it has a count. Where a bucket overlaps the zero bucket,
//          kAll and kAllReverse cut it at the zero threshold.
// Threads  an iterator belongs to one thread; the histogram outlives it.
// Source   prometheus model/histogram, BucketIterator.
#pragma once

#include <cstdint>
#include <string>

#include "model/histogram.h"
#include "model/span_cursor.h"

namespace varve {

struct HistogramBucket {
  double lower = 0, upper = 0;
  bool lower_inclusive = false, upper_inclusive = false;
  double count = 0;
  int32_t index = 0;  // within the schema and the side; no meaning for the zero bucket

  // The share of the bucket's width below `value`, which lies within its finite bounds: on a linear scale (custom and zero
  // buckets) or on a logarithmic one.
  double FractionBelow(double value, bool linear) const;
  std::string ToString() const;  // (0.5,1]:3
};

HistogramBucket ZeroBucket(const FloatHistogram& histogram);
// The bucket `index` of the positive or the negative side.
HistogramBucket BucketAt(const FloatHistogram& histogram, bool positive, int64_t index, double count);

enum class BucketOrder { kPositive, kNegative, kPositiveReverse, kNegativeReverse, kAll, kAllReverse };

class BucketIterator {
 public:
  BucketIterator(const FloatHistogram& histogram, BucketOrder order);

  bool Next();
  const HistogramBucket& At() const { return bucket_; }

 private:
  enum class Part { kInwards, kZero, kOutwards };
  bool NextInwards();
  bool NextOutwards();
  void CutAtZeroThreshold();

  const FloatHistogram& histogram_;
  const bool inwards_positive_;   // the side that is walked towards zero first
  const bool outwards_positive_;  // the side that is walked away from zero last
  const bool all_;
  ReverseSpanCursor inwards_;
  SpanCursor outwards_;
  Part part_;
  HistogramBucket bucket_;
};

}  // namespace varve
