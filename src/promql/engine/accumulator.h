// What one group of an aggregation has added up so far, for every step.
//
// Shape    Add the series of a group, in order, to accumulators of any number of parts; Merge the parts in order; Finish the one
//          that is left. The same pieces serve the tiles of a scan and, one day, other processes.
// Threads  an accumulator belongs to one thread at a time.
// Source   prometheus promql/engine.go, evaluator.aggregation. Sums are compensated as there; a group of one tile is equal to
//          the last bit.
#pragma once

#include <memory>

#include "promql/ast.h"
#include "promql/engine/annotations.h"
#include "promql/engine/step_series.h"

namespace varve::promql {

// What all groups of an aggregation have in common.
struct Aggregation {
  AggregateOp op = AggregateOp::kSum;
  size_t steps = 0;
  PositionRange input_position;  // of the expression that is aggregated
  StepValues param;              // one value a step; empty without a parameter
};

class Accumulator {
 public:
  virtual ~Accumulator() = default;
  virtual void Add(const StepSeries& series, Annotations& annotations) = 0;
  // Adds what `later` has seen, as if its series had come after ours. Both were made by the same maker.
  virtual void Merge(Accumulator& later, Annotations& annotations) = 0;
  // Sets the samples of `out`, which comes reset; once, as the last call.
  virtual void Finish(StepSeries& out, Annotations& annotations) = 0;
  virtual int64_t heap_bytes() const = 0;
};

using AccumulatorPtr = std::unique_ptr<Accumulator>;

// True for sum, avg, count, group, min, max, stddev, stdvar and quantile; false for those that select or count by value.
bool HasAccumulator(AggregateOp op);

// For those that have one. `aggregation` outlives the accumulator.
AccumulatorPtr NewAccumulator(const Aggregation& aggregation);

AccumulatorPtr NewSumAccumulator(const Aggregation& aggregation);
AccumulatorPtr NewAvgAccumulator(const Aggregation& aggregation);
AccumulatorPtr NewCountAccumulator(const Aggregation& aggregation);     // count and group
AccumulatorPtr NewExtremeAccumulator(const Aggregation& aggregation);   // min and max
AccumulatorPtr NewVarianceAccumulator(const Aggregation& aggregation);  // stddev and stdvar
AccumulatorPtr NewQuantileAccumulator(const Aggregation& aggregation);

}  // namespace varve::promql
