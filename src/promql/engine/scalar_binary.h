// Binary operations with a scalar on one side at least.
#pragma once

#include "promql/engine/binary_steps.h"
#include "promql/engine/series_transform.h"

namespace varve::promql {

// 1 + time(): yields a scalar.
OperatorPtr NewScalarBinaryOperator(QueryState& query, BinaryOp op, OperatorPtr lhs, OperatorPtr rhs);

// x * 2, or 2 * x if `scalar_first`.
SeriesTransformPtr NewVectorScalarBinary(BinaryCall call, OperatorPtr scalar, bool scalar_first, bool delayed_name_removal);

}  // namespace varve::promql
