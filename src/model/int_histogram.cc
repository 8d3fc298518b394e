#include "model/int_histogram.h"

#include <cmath>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

// Deltas of hostile bytes may run over; they wrap then, as upstream's do.
int64_t AddWrapping(int64_t a, int64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b)); }

uint64_t SumOfCounts(std::span<const int64_t> deltas) {
  int64_t count = 0;
  uint64_t sum = 0;
  for (const int64_t delta : deltas) {
    count = AddWrapping(count, delta);
    sum += static_cast<uint64_t>(count);
  }
  return sum;
}

}  // namespace

void CountsFromDeltas(std::span<const int64_t> deltas, std::vector<double>& counts) {
  counts.resize(deltas.size());
  int64_t count = 0;
  for (size_t i = 0; i < deltas.size(); ++i) {
    count = AddWrapping(count, deltas[i]);
    counts[i] = static_cast<double>(count);
  }
}

FloatHistogram IntHistogram::ToFloat() const {
  FloatHistogram histogram;
  histogram.reset_hint = reset_hint;
  histogram.schema = schema;
  histogram.zero_threshold = zero_threshold;
  histogram.zero_count = static_cast<double>(zero_count);
  histogram.count = static_cast<double>(count);
  histogram.sum = sum;
  histogram.positive_spans = positive_spans;
  histogram.negative_spans = negative_spans;
  CountsFromDeltas(positive_deltas, histogram.positive);
  CountsFromDeltas(negative_deltas, histogram.negative);
  histogram.custom_values = custom_values;
  return histogram;
}

absl::Status IntHistogram::Validate() const {
  VARVE_RETURN_IF_ERROR(ToFloat().Validate());
  const uint64_t observed = SumOfCounts(positive_deltas) + SumOfCounts(negative_deltas) + zero_count;
  if (std::isnan(sum)) {
    if (observed <= count) return absl::OkStatus();
    return InvalidArgument(
        "{} observations found in buckets, but the Count field is {}: histogram's observation count should be at "
        "least the number of observations found in the buckets",
        observed, count);
  }
  if (observed == count) return absl::OkStatus();
  return InvalidArgument(
      "{} observations found in buckets, but the Count field is {}: histogram's observation count should equal the "
      "number of observations found in the buckets (in absence of NaN)",
      observed, count);
}

}  // namespace varve
