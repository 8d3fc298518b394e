// Sums, differences and scaling of histograms, as PromQL needs them.
//
// Shape    operands of different resolution meet at the coarser one, zero buckets at the wider one, custom bounds at those they
//          share. Results may hold empty buckets until they are compacted.
// Errors   InvalidArgument for custom buckets with exponential ones; the first operand is then as it was.
// Source   prometheus model/histogram/float_histogram.go: the same doubles bit by bit, and the same rules for reset hints.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>

#include "model/histogram.h"

namespace varve {

// What PromQL tells its user of an operation that went well.
struct HistogramNotes {
  bool reset_collision = false;    // one operand began with a counter reset, the other said there was none
  bool bounds_reconciled = false;  // custom bounds differed; the result has those both had
};

absl::StatusOr<HistogramNotes> AddHistogram(FloatHistogram& sum, const FloatHistogram& addend);
// The reset hint is that of a sum; PromQL's `-` makes the result a gauge itself.
absl::StatusOr<HistogramNotes> SubtractHistogram(FloatHistogram& difference, const FloatHistogram& subtrahend);
// Adds with Kahan's algorithm. `compensation` starts out empty and belongs to `sum` from then on: scale both alike, and add it at
// the end.
absl::StatusOr<HistogramNotes> KahanAddHistogram(FloatHistogram& sum, std::optional<FloatHistogram>& compensation,
                                                 const FloatHistogram& addend);

void MultiplyHistogram(FloatHistogram& histogram, double factor);  // a negative factor makes it a gauge
void DivideHistogram(FloatHistogram& histogram, double divisor);   // so does a negative divisor; 0 removes all buckets

// Drops empty buckets, save for up to `empty_buckets_max` in a row between two others, and joins spans.
void CompactHistogram(FloatHistogram& histogram, int64_t empty_buckets_max = 0);

// Merges buckets until they fit the coarser schema. InvalidArgument if the histogram has custom buckets, is coarser already, or
// its spans do not fit its counts (it may come straight from a decoder, with a schema up to kReservedSchemaMax).
absl::Status ReduceResolution(FloatHistogram& histogram, int32_t schema);
// A copy at a schema not finer than the histogram's; custom buckets allow their own only.
FloatHistogram CopyToSchema(const FloatHistogram& histogram, int32_t schema);

bool HasOverflow(const FloatHistogram& histogram);  // something in it is infinite

// True if both hold the same data, bit by bit; the reset hint does not count.
bool SameHistogram(const FloatHistogram& a, const FloatHistogram& b);

}  // namespace varve
