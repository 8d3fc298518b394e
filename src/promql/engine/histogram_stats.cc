#include "promql/engine/histogram_stats.h"

#include <utility>

#include "model/histogram_reset.h"

namespace varve::promql {
namespace {

FloatHistogram StatsOf(const FloatHistogram& histogram, CounterResetHint hint) {
  FloatHistogram stats;
  stats.reset_hint = hint;
  stats.schema = histogram.schema;
  stats.count = histogram.count;
  stats.sum = histogram.sum;
  return stats;
}

CounterResetHint HintOf(const FloatHistogram& histogram, const FloatHistogram* previous) {
  if (histogram.reset_hint != CounterResetHint::kUnknown || previous == nullptr) return histogram.reset_hint;
  return DetectReset(histogram, *previous) ? CounterResetHint::kReset : CounterResetHint::kNotReset;
}

}  // namespace

void KeepHistogramStats(HistogramColumns& histograms) {
  FloatHistogram kept;  // the last one that is not a stale marker, whole
  const FloatHistogram* previous = nullptr;
  for (FloatHistogram& histogram : histograms.values) {
    if (histogram.is_stale()) continue;
    FloatHistogram stats = StatsOf(histogram, HintOf(histogram, previous));
    kept = std::exchange(histogram, std::move(stats));
    previous = &kept;
  }
}

}  // namespace varve::promql
