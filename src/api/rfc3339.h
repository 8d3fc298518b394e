// Moments as text: 2024-08-22T10:00:00.123Z, as Go reads and writes time.RFC3339Nano.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time_range.h"

namespace varve {

// What is finer than a millisecond is cut off. InvalidArgument for anything else, also for days that do not exist.
absl::StatusOr<TimestampMs> ParseRfc3339(std::string_view text);

// In UTC; trailing zeros of the fraction are left out. `nanos` is in 0..999999999.
std::string FormatRfc3339(int64_t seconds, int32_t nanos);
std::string FormatRfc3339(TimestampMs time);

// How Go writes a time.Time that was never set.
inline constexpr std::string_view kZeroTimeText = "0001-01-01T00:00:00Z";

}  // namespace varve
