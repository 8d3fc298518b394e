// Where a counter fell back to zero, found once for a series and then looked up window by window.
//
// Source   prometheus promql/functions.go, isStartTimestampReset and checkStartTimeOverlap.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "promql/functions/function.h"

namespace varve::promql {

// True if the start timestamp of a sample says that the counter was reset after the sample before it.
bool IsStartTimestampReset(TimestampMs previous_start, TimestampMs previous_time, TimestampMs start, TimestampMs time);

class CounterResets {
 public:
  // A reset at i: values[i] < values[i - 1], or the start timestamps say so.
  void Find(std::span<const TimestampMs> times, std::span<const double> values, std::span<const TimestampMs> starts);

  // The same for histograms, which are compared bucket by bucket.
  void Find(std::span<const TimestampMs> times, std::span<const FloatHistogram> values, std::span<const TimestampMs> starts);

  // The resets between the samples of `window`. Windows must ascend from call to call.
  std::span<const uint32_t> Within(Window window) { return Between(resets_, first_reset_, window); }
  // True if a sample of `window` claims to have started before the sample ahead of it was taken.
  bool OverlapWithin(Window window) { return !Between(overlaps_, first_overlap_, window).empty(); }

 private:
  template <typename IsReset>
  void FindWith(std::span<const TimestampMs> times, std::span<const TimestampMs> starts, const IsReset& is_reset);
  static std::span<const uint32_t> Between(const std::vector<uint32_t>& indexes, size_t& first, Window window);

  std::vector<uint32_t> resets_, overlaps_;  // ascending sample indexes
  size_t first_reset_ = 0, first_overlap_ = 0;
};

}  // namespace varve::promql
