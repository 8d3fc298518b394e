// lhs + rhs between vectors: series are matched once, then the operation runs over whole arrays.
//
//   the "one" side is read and grouped by its matching labels; the "many" side streams past it. (Of one-to-one matching the right
//   side is the "one".)
//
// Memory   the one side, and the output where two inputs may have to be joined to one output series.
// Errors   FailedPrecondition, in Prometheus' words, if at some step a group has two series where it may have one.
// Source   prometheus promql/engine.go, VectorBinop and resultMetric.
#pragma once

#include "promql/engine/binary_steps.h"
#include "promql/engine/operator.h"

namespace varve::promql {

// `distinct_many`: the series of the many side differ in more than their metric names.
OperatorPtr NewVectorBinaryOperator(QueryState& query, BinaryCall call, const VectorMatching& matching, OperatorPtr lhs,
                                    OperatorPtr rhs, bool distinct_many);

}  // namespace varve::promql
