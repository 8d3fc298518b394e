// A native histogram written by hand: {{schema:1 count:22 sum:3 z_bucket:2 z_bucket_w:0.1 offset:-1 buckets:[5 10 7]}}.
//
// Shape    keys in any order, each at most once: schema, sum, count, z_bucket, z_bucket_w, offset, buckets, n_offset, n_buckets,
//          custom_values, counter_reset_hint (unknown, reset, not_reset, gauge). What is not given is 0 or empty; counts need not
//          add up.
#pragma once

#include <absl/status/statusor.h>

#include "model/histogram.h"
#include "promql/text_scanner.h"

namespace varve::promql {

struct HistogramDescription {
  FloatHistogram histogram;
  bool has_reset_hint = false;
};

// The opening braces are next; afterwards the scanner stands behind the closing ones.
absl::StatusOr<HistogramDescription> ScanHistogram(TextScanner& scanner);

// [+-] number, Inf or NaN.
absl::StatusOr<double> ScanSignedNumber(TextScanner& scanner);

}  // namespace varve::promql
