// The times object stores write in their answers.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "base/time_range.h"

namespace varve {

// 2015-11-06T10:07:11.000Z; fractions may have any number of digits, or be absent.
absl::StatusOr<TimestampMs> ParseIso8601(std::string_view text);
std::string FormatIso8601(TimestampMs time);  // 2015-11-06T10:07:11.000Z
// Fri, 24 May 2013 00:00:00 GMT; 0 for what is no such time.
TimestampMs HttpDateMs(std::string_view text);

}  // namespace varve
