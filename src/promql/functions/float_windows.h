// The loop of the functions that look at the floats of a window and pass over histograms with a note on their first argument.
#pragma once

#include <cstddef>
#include <span>

#include "promql/engine/annotation_texts.h"
#include "promql/functions/function.h"

namespace varve::promql {

struct FloatWindow {
  size_t step;
  std::span<const TimestampMs> times;
  std::span<const double> values;  // as many as times
};

// Calls fold(FloatWindow) for every step whose window has at least `samples_min` floats, and stores what it answers.
template <typename Fold>
void FoldFloatWindows(const RangeInput& input, size_t samples_min, StepSeries& out, Annotations& annotations, const Fold& fold) {
  bool ignored_histograms = false;
  for (size_t step = 0; step < out.steps(); ++step) {
    const Window window = input.windows[step];
    if (window.empty()) continue;
    ignored_histograms |= !input.histogram_window(step).empty();
    if (window.size() < samples_min) continue;
    out.SetFloat(step, fold(FloatWindow{step, input.times.subspan(window.begin, window.size()),
                                        input.values.subspan(window.begin, window.size())}));
  }
  if (ignored_histograms) annotations.Add(HistogramIgnoredInMixedRange(input.metric_name(), input.call.arguments[0]));
}

}  // namespace varve::promql
