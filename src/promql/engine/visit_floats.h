// The loop of accumulators that have no use for histograms.
#pragma once

#include "promql/engine/accumulator.h"
#include "promql/engine/annotation_texts.h"

namespace varve::promql {

// Calls visit(step, value) for the floats of `series`. Histograms are left out, with an annotation.
template <typename Visit>
void VisitFloats(const Aggregation& aggregation, const StepSeries& series, Annotations& annotations, const Visit& visit) {
  if (!series.has_histograms()) {
    series.present.ForEach([&](size_t step) { visit(step, series.values[step]); });
    return;
  }
  bool ignored = false;
  series.present.ForEach([&](size_t step) {
    if (series.IsHistogram(step)) {
      ignored = true;
    } else {
      visit(step, series.values[step]);
    }
  });
  if (ignored) annotations.Add(HistogramIgnoredInAggregation(ToString(aggregation.op), aggregation.input_position));
}

}  // namespace varve::promql
