// The resolutions of data: raw samples, and aggregates of windows of 5 minutes or an hour.
//
//   window k of a resolution r covers [k * r, (k + 1) * r - 1], and its last millisecond is its end
//
// Source   thanos pkg/compact/downsample/downsample.go, ResLevel0 to ResLevel2.
#pragma once

#include <cstdint>

#include "base/time_range.h"

namespace varve {

inline constexpr int64_t kRawResolutionMs = 0;
inline constexpr int64_t kFiveMinutesMs = 300'000;
inline constexpr int64_t kOneHourMs = 3'600'000;

// The start and the end of the window that holds `time`; the resolution is not raw. Times come from files, and may be at the very
// ends of what there is.
constexpr TimestampMs WindowStart(TimestampMs time, int64_t resolution_ms) {
  const int64_t remainder = time % resolution_ms;
  const int64_t into = remainder < 0 ? remainder + resolution_ms : remainder;
  return time < kMinTimestamp + into ? kMinTimestamp : time - into;
}
constexpr TimestampMs WindowEnd(TimestampMs time, int64_t resolution_ms) {
  const TimestampMs start = WindowStart(time, resolution_ms);
  return start > kMaxTimestamp - resolution_ms ? kMaxTimestamp : start + resolution_ms - 1;
}

}  // namespace varve
