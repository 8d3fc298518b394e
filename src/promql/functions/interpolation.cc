#include "promql/functions/interpolation.h"

#include "model/histogram_arithmetic.h"
#include "model/histogram_reset.h"
#include "promql/engine/annotation_texts.h"

namespace varve::promql {

double Interpolate(TimestampMs time1, double value1, TimestampMs time2, double value2, TimestampMs time, bool counter) {
  if (counter && value2 < value1) value1 = 0;
  return value1 + (value2 - value1) * static_cast<double>(time - time1) / static_cast<double>(time2 - time1);
}

std::optional<FloatHistogram> Interpolate(HistogramPoint from, HistogramPoint to, TimestampMs time, bool counter,
                                          std::string_view metric_name, PositionRange position, Annotations& annotations) {
  if (time == from.time) return from.histogram;
  if (time == to.time) return to.histogram;
  const double share = static_cast<double>(time - from.time) / static_cast<double>(to.time - from.time);
  FloatHistogram result = to.histogram;
  if (counter && DetectReset(to.histogram, from.histogram)) {
    MultiplyHistogram(result, share);
    return result;
  }
  const absl::StatusOr<HistogramNotes> difference = SubtractHistogram(result, from.histogram);
  if (!difference.ok()) {
    annotations.Add(MixedExponentialCustomHistograms(metric_name, position));
    return std::nullopt;
  }
  if (difference->bounds_reconciled) annotations.Add(MismatchedCustomBuckets(HistogramOperation::kSubtraction, position));
  MultiplyHistogram(result, share);
  const absl::StatusOr<HistogramNotes> sum = AddHistogram(result, from.histogram);
  if (sum.ok() && sum->bounds_reconciled) annotations.Add(MismatchedCustomBuckets(HistogramOperation::kAddition, position));
  return result;
}

}  // namespace varve::promql
