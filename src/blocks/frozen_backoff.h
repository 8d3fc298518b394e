// When to ask again for what lies frozen in cold storage: five minutes later, then twice as late each time, six hours at most.
//
// Units    milliseconds; times are Unix times.
#pragma once

#include <algorithm>
#include <string>

#include "base/time_range.h"

namespace varve {

struct FrozenObject {
  std::string reason;         // the bucket's words, with what to do about it
  TimestampMs since = 0;      // the first refusal we met
  TimestampMs ask_again = 0;  // not before
  int64_t pause_ms = 0;

  void Refused(std::string why, TimestampMs now) {
    constexpr int64_t kFirstPauseMs = 5 * 60'000, kPauseMaxMs = 6 * 3'600'000;
    if (since == 0) since = now;
    reason = std::move(why);
    pause_ms = pause_ms == 0 ? kFirstPauseMs : std::min(2 * pause_ms, kPauseMaxMs);
    ask_again = now + pause_ms;
  }
};

}  // namespace varve
