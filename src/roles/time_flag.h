// A point in time given on the command line: RFC 3339, or a duration relative to now ("-6h", "2d") that is worked out anew
// each time it is used.
// Source: thanos pkg/model/timeduration.go.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/time_range.h"

namespace varve {

class TimeFlag {
 public:
  constexpr TimeFlag() = default;
  static constexpr TimeFlag At(TimestampMs time) { return TimeFlag(time, false); }
  static absl::StatusOr<TimeFlag> Parse(std::string_view text);

  TimestampMs Resolve(TimestampMs now) const { return relative_ ? now + value_ : value_; }
  std::string ToString() const;

 private:
  constexpr TimeFlag(int64_t value, bool relative) : value_(value), relative_(relative) {}
  int64_t value_ = 0;  // a timestamp, or a distance from now
  bool relative_ = false;
};

// What "no limit" is on a command line: the years 0 and 9999.
inline constexpr TimeFlag kBeginningOfTime = TimeFlag::At(-62'167'219'200'000);
inline constexpr TimeFlag kEndOfTime = TimeFlag::At(253'402'300'799'000);

}  // namespace varve
