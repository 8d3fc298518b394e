#include "model/zero_bucket.h"

#include <cmath>

#include "model/histogram_bounds.h"
#include "model/histogram_side.h"
#include "model/span_cursor.h"

namespace varve {
namespace {

// Adds the buckets of a side that reach below the threshold. True if the last of them reached above it too and was not empty, so
// that the threshold had to grow.
bool Swallow(const ConstHistogramSide& side, const std::vector<double>* compensation, int32_t schema, WidenedZeroBucket& zero) {
  for (SpanCursor at(side.spans, side.counts.size()); at.Next();) {
    if (ExponentialBound(at.index() - 1, schema) >= zero.threshold) return false;
    const double count = side.counts[at.position()];
    zero.count.Add(count);
    if (compensation != nullptr) zero.count.Add((*compensation)[at.position()]);
    const double upper = ExponentialBound(at.index(), schema);
    if (upper <= zero.threshold) continue;
    if (count == 0) return false;
    zero.threshold = upper;
    return true;
  }
  return false;
}

void EmptyBelow(const HistogramSide& side, int32_t schema, double threshold) {
  for (SpanCursor at(side.spans, side.counts.size()); at.Next();) {
    if (ExponentialBound(at.index() - 1, schema) >= threshold) break;
    side.counts[at.position()] = 0;
    if (side.compensation != nullptr) (*side.compensation)[at.position()] = 0;
  }
  CompactSide(side, 0);
}

void Adopt(FloatHistogram& histogram, FloatHistogram* compensation, const WidenedZeroBucket& zero) {
  histogram.zero_threshold = zero.threshold;
  histogram.zero_count = zero.count.sum;
  if (compensation != nullptr) compensation->zero_count = zero.count.compensation;
  EmptyBelow(PositiveSide(histogram, compensation), histogram.schema, zero.threshold);
  EmptyBelow(NegativeSide(histogram, compensation), histogram.schema, zero.threshold);
}

}  // namespace

WidenedZeroBucket WidenZeroBucket(const FloatHistogram& histogram, const FloatHistogram* compensation, double threshold) {
  for (;;) {
    WidenedZeroBucket zero{threshold, {histogram.zero_count, compensation != nullptr ? compensation->zero_count : 0}};
    if (threshold == histogram.zero_threshold) return zero;
    Swallow(PositiveSide(histogram), compensation ? &compensation->positive : nullptr, histogram.schema, zero);
    // If the negative side moves the threshold, the positive side has to be counted again.
    if (!Swallow(NegativeSide(histogram), compensation ? &compensation->negative : nullptr, histogram.schema, zero)) return zero;
    threshold = zero.threshold;
  }
}

KahanSum ReconcileZeroBuckets(FloatHistogram& histogram, FloatHistogram* compensation, const FloatHistogram& other) {
  WidenedZeroBucket other_zero{other.zero_threshold, {other.zero_count, 0}};
  while (histogram.zero_threshold > other_zero.threshold || other_zero.threshold > histogram.zero_threshold) {
    if (histogram.zero_threshold > other_zero.threshold) other_zero = WidenZeroBucket(other, nullptr, histogram.zero_threshold);
    if (other_zero.threshold > histogram.zero_threshold) {
      Adopt(histogram, compensation, WidenZeroBucket(histogram, compensation, other_zero.threshold));
    }
  }
  return other_zero.count;
}

}  // namespace varve
