// The histograms of a vector, whichever way they are kept: classic ones as series with an `le` label, native ones as samples.
//
// Shape    series that differ in nothing but `le` are one classic histogram. At a step where a native histogram has the same labels as
//          a classic one, neither can be trusted.
// Source   prometheus promql/engine.go, resetHistograms.
#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "promql/engine/operator.h"
#include "promql/functions/classic_histogram.h"

namespace varve::promql {

struct HistogramSet {
  Labels labels;  // without le
  bool drop_name = false;
  std::vector<StepSeries> natives;  // none or one, unless names were dropped late
  struct Bucket {
    double upper_bound;
    StepSeries series;
  };
  std::vector<Bucket> buckets;

  // What there is at a step: a native histogram, classic buckets (put into `scratch`), or nothing.
  const FloatHistogram* NativeAt(size_t step) const;
  bool BucketsAt(size_t step, std::vector<ClassicBucket>& scratch) const;
};

// Reads all of `input`. Series whose `le` is no number are warned of and left out, but for their native histograms.
absl::StatusOr<std::vector<HistogramSet>> ReadHistogramSets(const Context& ctx, QueryState& query, Operator& input,
                                                            PositionRange position, HeldSamples& held);

}  // namespace varve::promql
