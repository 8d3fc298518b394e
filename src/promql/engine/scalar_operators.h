// Operators without inputs of their own: literals, functions of scalars only (time(), pi(), vector(s)), and nothing at all.
#pragma once

#include <vector>

#include "promql/functions/function.h"

namespace varve::promql {

OperatorPtr NewEmptyOperator(QueryState& query, const StepGrid& grid);  // yields no series
OperatorPtr NewNumberOperator(QueryState& query, const StepGrid& grid, double value);
OperatorPtr NewScalarFunctionOperator(QueryState& query, const FunctionImpl& function, FunctionCall call,
                                      std::vector<OperatorPtr> scalars);

}  // namespace varve::promql
