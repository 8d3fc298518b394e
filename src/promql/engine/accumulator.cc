#include "promql/engine/accumulator.h"

#include "base/check.h"

namespace varve::promql {

bool HasAccumulator(AggregateOp op) {
  switch (op) {
    case AggregateOp::kTopk:
    case AggregateOp::kBottomk:
    case AggregateOp::kLimitk:
    case AggregateOp::kLimitRatio:
    case AggregateOp::kCountValues: return false;
    default: return true;
  }
}

AccumulatorPtr NewAccumulator(const Aggregation& aggregation) {
  switch (aggregation.op) {
    case AggregateOp::kSum: return NewSumAccumulator(aggregation);
    case AggregateOp::kAvg: return NewAvgAccumulator(aggregation);
    case AggregateOp::kCount:
    case AggregateOp::kGroup: return NewCountAccumulator(aggregation);
    case AggregateOp::kMin:
    case AggregateOp::kMax: return NewExtremeAccumulator(aggregation);
    case AggregateOp::kStddev:
    case AggregateOp::kStdvar: return NewVarianceAccumulator(aggregation);
    case AggregateOp::kQuantile: return NewQuantileAccumulator(aggregation);
    default: break;
  }
  VARVE_CHECK(false && "an aggregation that selects series has no accumulator");
  return nullptr;
}

}  // namespace varve::promql
