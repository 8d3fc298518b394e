// Compares what a query answered with what a promqltest script expects of it.
#pragma once

#include <absl/status/status.h>

#include "promql/testing/promqltest.h"
#include "promql/testing/script.h"

namespace varve::promql {

absl::Status CheckFailure(const EvalCommand& eval, const absl::Status& failure);
absl::Status CheckAnnotations(const EvalCommand& eval, const PromqlTestResult& result);
absl::Status CheckValue(const EvalCommand& eval, const PromqlTestResult& result);

// Within one in a million of each other; NaNs are equal, stale markers equal only stale markers.
bool AlmostEqual(double a, double b);
// The reset hint counts if `with_reset_hint`. Both are compared without their empty buckets.
bool AlmostEqual(const FloatHistogram& a, const FloatHistogram& b, bool with_reset_hint);

}  // namespace varve::promql
