// One run of one query.
#pragma once

#include "promql/engine/query_result.h"
#include "promql/engine/query_state.h"

namespace varve::promql {

// Evaluates `expr`, which is resolved, over `query.grid` into `result`: its type, series and timings.
absl::Status Evaluate(const Context& ctx, QueryState& query, const Expr& expr, QueryResult& result);

}  // namespace varve::promql
