// Moments in text as Go's time.Time writes them into JSON: 2026-08-22T10:00:00.12Z.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "base/time_range.h"

namespace varve {

// InvalidArgument unless `text` is a full date and time with an offset or Z. Digits below the millisecond are cut.
absl::StatusOr<TimestampMs> ParseRfc3339(std::string_view text);
std::string FormatRfc3339(TimestampMs time);  // in UTC, no more fraction digits than needed

}  // namespace varve
