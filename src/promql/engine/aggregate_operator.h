// sum, avg, count, group, min, max, stddev, stdvar and quantile: one output series a group.
//
//   scan tiles, in the workers        : series -> group -> Accumulator::Add       (one table a tile)
//   tables of a round, in their order : Accumulator::Merge
//   at the end                        : Accumulator::Finish
//
// Memory   O(groups x steps), and as much again for the tables of a round. quantile keeps every series.
#pragma once

#include "promql/engine/grouping.h"
#include "promql/engine/operator.h"

namespace varve::promql {

struct AggregateCall {
  AggregateOp op = AggregateOp::kSum;
  Grouping grouping;
  PositionRange position;        // of the whole expression
  PositionRange input_position;  // of what is aggregated
  PositionRange param_position;
};

// `param` is null where the operation has no parameter.
OperatorPtr NewAggregateOperator(QueryState& query, AggregateCall call, OperatorPtr input, OperatorPtr param);

}  // namespace varve::promql
