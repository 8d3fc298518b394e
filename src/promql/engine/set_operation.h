// and, or, unless: which series of either side stay, step by step, by what the other side has.
//
// Memory   and, unless: one bit a step for each match group; or: both sides.
// Source   prometheus promql/engine.go, VectorAnd, VectorOr, VectorUnless.
#pragma once

#include "promql/ast.h"
#include "promql/engine/operator.h"

namespace varve::promql {

OperatorPtr NewSetOperationOperator(QueryState& query, BinaryOp op, const VectorMatching& matching, OperatorPtr lhs,
                                    OperatorPtr rhs);

}  // namespace varve::promql
