// A native histogram sample with float counts, the form in which PromQL computes. Integer histograms of the formats are
// converted when they are decoded.
//
// Shape    sparse buckets: spans say which bucket indexes exist, `positive` and `negative` hold one count for each of them, in
//          order. Schema -4..8: exponential bounds, 2^(2^-schema) apart; schema -53: custom bounds, positive side only.
// Errors   operations on histograms that do not fit together (custom with exponential) answer InvalidArgument.
// Threads  a value.
// Source   prometheus model/histogram/float_histogram.go.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace varve {

inline constexpr int32_t kCustomBucketsSchema = -53;
inline constexpr int32_t kExponentialSchemaMin = -4;
inline constexpr int32_t kExponentialSchemaMax = 8;

enum class CounterResetHint : uint8_t { kUnknown = 0, kReset = 1, kNotReset = 2, kGauge = 3 };

struct HistogramSpan {
  int32_t offset = 0;   // gap to the previous span; the first is the bucket index itself
  uint32_t length = 0;  // consecutive buckets
  friend bool operator==(const HistogramSpan&, const HistogramSpan&) = default;
};

struct FloatHistogram {
  CounterResetHint reset_hint = CounterResetHint::kUnknown;
  int32_t schema = 0;
  double zero_threshold = 0;
  double zero_count = 0;
  double count = 0;
  double sum = 0;
  std::vector<HistogramSpan> positive_spans, negative_spans;
  std::vector<double> positive, negative;  // absolute counts, not deltas
  std::vector<double> custom_values;       // upper bounds, ascending, without +Inf; only with kCustomBucketsSchema

  bool uses_custom_buckets() const { return schema == kCustomBucketsSchema; }
  bool is_stale() const;  // the sum is the staleness marker

  // Fails unless spans, counts and bounds agree with each other. What a decoder or a network peer hands over must pass first.
  absl::Status Validate() const;

  size_t heap_bytes() const;
};

}  // namespace varve
