// The sums or means of a group's histograms, step by step.
//
// Shape    a step with exponential and custom buckets has no result.
// Source   prometheus promql/engine.go, evaluator.aggregation, the histogram branches of sum and avg.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "promql/engine/accumulator.h"

namespace varve::promql {

class GroupHistograms {
 public:
  GroupHistograms(const Aggregation& aggregation, bool means)
      : aggregation_(aggregation), means_(means), steps_(aggregation.steps) {}

  void Add(size_t step, const FloatHistogram& histogram, std::string_view metric_name, Annotations& annotations);
  void Merge(GroupHistograms& later, Annotations& annotations);  // whose samples come after ours
  bool Has(size_t step) const { return steps_[step].count > 0; }
  // Null if the histograms of the step did not fit together. Once for each step.
  HistogramPtr Finish(size_t step, Annotations& annotations);
  int64_t heap_bytes() const;

 private:
  struct Step {
    FloatHistogram total;                        // the sum, or the mean once `incremental`
    std::optional<FloatHistogram> compensation;  // what rounding lost
    double count = 0;
    bool incompatible = false, incremental = false;
    bool reset_seen = false, no_reset_seen = false;

    void SeeHint(CounterResetHint hint);
    void Scale(double factor);
    void MakeIncremental(double counted);
  };

  // Adds to the total; false, with an annotation, if `addend` does not fit.
  bool AddTo(Step& step, const FloatHistogram& addend, std::string_view metric_name, Annotations& annotations) const;
  void AddToMean(Step& step, const FloatHistogram& histogram, std::string_view metric_name, Annotations& annotations) const;
  void MergeStep(Step& step, Step& later, Annotations& annotations) const;

  const Aggregation& aggregation_;
  const bool means_;
  std::vector<Step> steps_;
};

// Adds the results of `histograms` to the floats in `out`. A step with both is dropped, with an annotation.
void FinishHistograms(GroupHistograms& histograms, const Aggregation& aggregation, StepSeries& out, Annotations& annotations);

}  // namespace varve::promql
