// A native histogram with integer counts, the form in which exposition, remote write and integer chunks carry it. PromQL computes
// on FloatHistogram; this one exists to be checked and converted.
//
// Shape    as FloatHistogram, but each bucket holds its difference to the one before (the first, to zero).
// Errors   InvalidArgument where spans, counts, bounds and the total do not agree.
// Source   prometheus model/histogram/histogram.go.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <span>
#include <vector>

#include "model/histogram.h"

namespace varve {

struct IntHistogram {
  CounterResetHint reset_hint = CounterResetHint::kUnknown;
  int32_t schema = 0;
  double zero_threshold = 0;
  uint64_t zero_count = 0;
  uint64_t count = 0;
  double sum = 0;
  std::vector<HistogramSpan> positive_spans, negative_spans;
  std::vector<int64_t> positive_deltas, negative_deltas;
  std::vector<double> custom_values;

  // As FloatHistogram::Validate; integers must also add up to the count, or to less if NaN was observed (the sum is NaN then).
  absl::Status Validate() const;
  FloatHistogram ToFloat() const;
};

// Writes the absolute counts that `deltas` stand for to `counts`, which keeps its memory.
void CountsFromDeltas(std::span<const int64_t> deltas, std::vector<double>& counts);

}  // namespace varve
