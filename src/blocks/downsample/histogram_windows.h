// Native histograms, window by window.
//
//   HistogramWindowsBuilder builder(kFiveMinutesMs);
//   VARVE_RETURN_IF_ERROR(builder.AddSample(time, histogram)); ...
//   std::vector<HistogramWindow> five_minutes = builder.Release();
//   VARVE_ASSIGN_OR_RETURN(std::vector<HistogramWindow> one_hour, Coarsen(std::move(five_minutes), kOneHourMs));
//
// Shape    as float_windows.h, but for counters: of them a window keeps its last sample as it was. A reset ends a window, and the sample
//          behind it is a window of its own, so that PromQL sees the reset and finds the increase that all samples had. A window also
//          ends where histograms become of another kind: gauges, custom buckets, other bounds.
// Errors   DataLoss for aggregates or histograms that do not fit together.
// Threads  a builder belongs to one thread.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <vector>

#include "blocks/downsample/resolution.h"
#include "chunkenc/chunk.h"
#include "model/sample.h"

namespace varve {

struct HistogramWindow {
  TimestampMs end = 0;                        // the last millisecond of the window
  TimestampMs first_time = 0, last_time = 0;  // of its samples
  double count = 0;
  FloatHistogram sum;   // of its samples, a gauge
  FloatHistogram last;  // its last sample
  bool after_reset = false;
};

class HistogramWindowsBuilder {
 public:
  explicit HistogramWindowsBuilder(int64_t resolution_ms) : resolution_ms_(resolution_ms) {}

  // In time order. Stale markers, sums that are NaN and what goes back in time are left out.
  absl::Status AddSample(TimestampMs time, FloatHistogram histogram);
  // A chunk of aggregates of the builder's resolution, or a finer one.
  absl::Status AddAggregates(const AggrChunkParts& parts);

  std::vector<HistogramWindow> Release();

 private:
  const int64_t resolution_ms_;
  std::vector<HistogramWindow> windows_;
};

// The same at a coarser resolution.
absl::StatusOr<std::vector<HistogramWindow>> Coarsen(std::vector<HistogramWindow> windows, int64_t resolution_ms);

}  // namespace varve
