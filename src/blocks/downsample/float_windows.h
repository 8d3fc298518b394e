// Floats, window by window: all that a downsampled chunk says about them, at any resolution.
//
//   FloatWindowsBuilder builder(kFiveMinutesMs);
//   builder.AddSamples(chunk 1); builder.AddSamples(chunk 2); ...
//   std::vector<FloatWindow> five_minutes = builder.Release();
//   std::vector<FloatWindow> one_hour = Coarsen(five_minutes, kOneHourMs);
//
// Shape    windows without samples are not there; the others ascend. A counter is kept as what it rose within a window, with the
//          first and the last value, so that windows can be put together in any number and at any place.
// Units    counts are doubles, as they are in chunks.
// Threads  a builder belongs to one thread.
// Source   thanos pkg/compact/downsample/downsample.go, floatAggregator.
#pragma once

#include <absl/status/status.h>

#include <span>
#include <vector>

#include "blocks/downsample/resolution.h"
#include "chunkenc/chunk.h"
#include "model/sample.h"

namespace varve {

struct FloatWindow {
  TimestampMs end = 0;                        // the last millisecond of the window
  TimestampMs first_time = 0, last_time = 0;  // of its samples
  double count = 0, sum = 0, min = 0, max = 0;
  double first = 0, last = 0;  // values of the first and the last sample
  double rise = 0;             // of a counter from `first` to the last sample, over resets
};

// What a counter rises between two neighbouring samples.
inline double CounterStep(double from, double to) { return to < from ? to : to - from; }

class FloatWindowsBuilder {
 public:
  explicit FloatWindowsBuilder(int64_t resolution_ms) : resolution_ms_(resolution_ms) {}

  // Samples in time order, from call to call, too. NaN, stale markers, what goes back in time and what is not later than `behind` is
  // left out; so the columns may change.
  void AddSamples(FloatColumns& samples, TimestampMs behind = kMinTimestamp);
  // A chunk of aggregates of the builder's resolution, or a finer one. DataLoss if they do not fit together.
  absl::Status AddAggregates(const AggrChunkParts& parts);

  std::vector<FloatWindow> Release();

 private:
  void DropUnusable(TimestampMs behind, FloatColumns& samples) const;

  const int64_t resolution_ms_;
  std::vector<FloatWindow> windows_;
  SeriesSamples counts_, sums_, mins_, maxs_, counters_;  // buffers to be used again
};

// The same at a coarser resolution.
std::vector<FloatWindow> Coarsen(std::span<const FloatWindow> windows, int64_t resolution_ms);

}  // namespace varve
