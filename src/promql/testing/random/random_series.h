// Random series to ask random queries about: counters with resets, gauges, odd values, classic and native histograms, with gaps,
// staleness and churn.
//
//   c_total, e_total           counters; {job, instance, zone}
//   g                          a gauge; no two series ever have the same value
//   odd                        a gauge with NaN, infinities, -0 and 1e300
//   l_bucket, l_sum, l_count   a classic histogram; one target lacks +Inf, another has a bucket that is none
//   utf8.metric                a counter whose name needs quotes, with such a label too if `modern`
//   target_info                what info() joins
//   h, hg, hc, mixed           native histograms: counter, gauge, custom buckets (if `modern`), now and then floats instead
//
// Shape    all floats but the odd ones are small multiples of 1/4096, so that sums of them are exact in whatever order they are
//          taken. The same seed and options give the same series.
// Units    a sample every 15 s, for kRandomSeriesMs.
#pragma once

#include <cstdint>
#include <map>

#include "model/labels.h"
#include "model/sample.h"

namespace varve::promql {

inline constexpr int64_t kRandomSeriesMs = 40 * 60'000;

struct RandomSeriesOptions {
  TimestampMs start = 0;  // of the first sample; a multiple of a minute
  bool modern = true;     // false: only what Prometheus 2.42 can read
  // No sample at a whole second, so that it does not matter whether windows are open or closed.
  bool between_seconds = false;
};

using SeriesMap = std::map<Labels, SeriesSamples>;
SeriesMap RandomSeries(uint64_t seed, const RandomSeriesOptions& options);

}  // namespace varve::promql
