// The sums or means of a group's histograms, step by step.
//
// Shape    a step with exponential and custom buckets has no result.
// Source   prometheus promql/engine.go, evaluator.aggregation, the histogram branches of sum and avg.
#pragma once

#include <string_view>
#include <vector>

#include "promql/engine/accumulator.h"
#include "promql/functions/histogram_sum.h"

namespace varve::promql {

class GroupHistograms {
 public:
  GroupHistograms(const Aggregation& aggregation, HistogramTotal kind)
      : aggregation_(aggregation), steps_(aggregation.steps, HistogramSum(kind)) {}

  void Add(size_t step, const FloatHistogram& histogram, std::string_view metric_name, Annotations& annotations);
  void Merge(GroupHistograms& later, Annotations& annotations);  // whose samples come after ours
  // Adds the results to the floats in `out`. A step with both is dropped, with an annotation.
  void Finish(StepSeries& out, Annotations& annotations);
  int64_t heap_bytes() const;

 private:
  const Aggregation& aggregation_;
  std::vector<HistogramSum> steps_;
};

}  // namespace varve::promql
