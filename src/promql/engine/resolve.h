// Puts into a query what is known once it is to run: the values of start(), end(), step() and range(), duration expressions,
// and the moments of @ start() and @ end().
//
// Errors   InvalidArgument for a duration that is not positive, not finite or out of range, with its position.
// Source   prometheus promql/engine.go (PreprocessExpr) and durations.go.
#pragma once

#include <absl/status/statusor.h>

#include "promql/ast.h"

namespace varve::promql {

// Far enough from the ends of a TimestampMs for any offset, range or lookback to be added.
inline constexpr TimestampMs kQueryTimeMin = -(TimestampMs{1} << 62);
inline constexpr TimestampMs kQueryTimeMax = TimestampMs{1} << 62;

struct QueryTimes {
  TimestampMs start = 0, end = 0;
  int64_t step_ms = 0;  // 0 for an instant query
};

// A copy of `expr` without the above.
absl::StatusOr<ExprPtr> Resolve(const Expr& expr, const QueryTimes& times);

}  // namespace varve::promql
