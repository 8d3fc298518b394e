// f(expr[1h:1m]): a range function over the values of an expression.
#pragma once

#include <vector>

#include "promql/functions/function.h"

namespace varve::promql {

// The steps of `expr[length:step]` that windows of `call` can reach: multiples of `step_ms`.
// count is 0 if there is none.
StepGrid SubqueryGrid(const RangeCall& call, int64_t step_ms);

// `input` is the expression on SubqueryGrid(call, ...).
OperatorPtr NewSubqueryCallOperator(QueryState& query, const FunctionImpl& function, RangeCall call, OperatorPtr input,
                                    std::vector<OperatorPtr> scalars, SampleTally& tally);

}  // namespace varve::promql
