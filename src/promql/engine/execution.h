// One run of one query.
#pragma once

#include "promql/engine/query_result.h"
#include "promql/engine/query_state.h"

namespace varve::promql {

// Evaluates `expr`, which is resolved, over `query.grid` into `result`: its type, series and timings. With `plan_only` the
// operators are built and described, but do not run.
absl::Status Evaluate(const Context& ctx, QueryState& query, const Expr& expr, bool plan_only, QueryResult& result);

}  // namespace varve::promql
