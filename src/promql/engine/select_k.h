// topk, bottomk and limitk: at every step, k series of each group as they are.
//
// Shape    an instant query yields each group's series in their rank; otherwise series come in the order of the input.
// Memory   O(groups x steps x k), and the labels of all series that were ever among the k.
// Source   prometheus promql/engine.go, aggregationK. Heaps move as Go's container/heap does, so that ties end alike.
#pragma once

#include "promql/engine/aggregate_operator.h"

namespace varve::promql {

OperatorPtr NewSelectKOperator(QueryState& query, AggregateCall call, OperatorPtr input, OperatorPtr k);

}  // namespace varve::promql
