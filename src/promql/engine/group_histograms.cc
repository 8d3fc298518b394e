#include "promql/engine/group_histograms.h"

#include <utility>

#include "model/histogram_arithmetic.h"
#include "promql/engine/annotation_texts.h"

namespace varve::promql {

void GroupHistograms::Add(size_t step, const FloatHistogram& histogram, std::string_view metric_name, Annotations& annotations) {
  if (steps_[step].incompatible() || steps_[step].Add(histogram)) return;
  annotations.Add(MixedExponentialCustomHistograms(metric_name, aggregation_.input_position));
}

void GroupHistograms::Merge(GroupHistograms& later, Annotations& annotations) {
  for (size_t step = 0; step < steps_.size(); ++step) {
    const bool told = steps_[step].incompatible() || later.steps_[step].incompatible();
    if (steps_[step].Merge(std::move(later.steps_[step])) || told) continue;
    annotations.Add(MixedExponentialCustomHistograms({}, aggregation_.input_position));
  }
}

void GroupHistograms::Finish(StepSeries& out, Annotations& annotations) {
  for (size_t step = 0; step < steps_.size(); ++step) {
    HistogramSum& sum = steps_[step];
    if (sum.empty()) continue;
    if (sum.bounds_reconciled()) {
      annotations.Add(MismatchedCustomBuckets(HistogramOperation::kAggregation, aggregation_.input_position));
    }
    if (out.present.Test(step)) {
      annotations.Add(MixedFloatsHistogramsAggregation(aggregation_.input_position));
      out.Drop(step);
      continue;
    }
    if (sum.incompatible()) continue;
    if (sum.reset_collision()) {
      annotations.Add(HistogramCounterResetCollision(HistogramOperation::kAggregation, aggregation_.input_position));
    }
    FloatHistogram result = std::move(sum).Finish();
    CompactHistogram(result);
    out.SetHistogram(step, std::move(result));
  }
}

int64_t GroupHistograms::heap_bytes() const {
  size_t bytes = steps_.capacity() * sizeof(HistogramSum);
  for (const HistogramSum& step : steps_) bytes += step.heap_bytes();
  return static_cast<int64_t>(bytes);
}

}  // namespace varve::promql
