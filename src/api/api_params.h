// The parameters of the HTTP API, read the way Prometheus reads them, down to its error texts.
//
//   VARVE_ASSIGN_OR_RETURN(const TimestampMs end, TimeParam(form, "end", kApiTimeMax));
//   // invalid parameter "end": invalid time value for 'end': cannot parse "tomorrow" to a valid timestamp
//
// Errors   InvalidArgument, which is bad_data over HTTP.
// Source   prometheus web/api/v1/api.go: parseTime, parseDuration, parseLimitParam, parseMatchersParam; thanos pkg/api/query/v1.go.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_range.h"
#include "model/matcher.h"
#include "net/url.h"

namespace varve {

// The bounds that stand for "all time". They have names of their own, with more than four digits of year.
inline constexpr TimestampMs kApiTimeMin = -9223309901257974000;
inline constexpr TimestampMs kApiTimeMax = 9223309901257974999;

absl::StatusOr<TimestampMs> ParseApiTime(std::string_view text);                   // 1600000000.123, RFC 3339
absl::StatusOr<std::chrono::nanoseconds> ParseApiDuration(std::string_view text);  // 1.5 (seconds), 1h30m

// invalid parameter "name": status
absl::Status InvalidParameter(std::string_view name, const absl::Status& status);

// A parameter that may be left out: then `fallback`.
absl::StatusOr<TimestampMs> TimeParam(const UrlParams& form, std::string_view name, TimestampMs fallback);
absl::StatusOr<std::chrono::nanoseconds> DurationParam(const UrlParams& form, std::string_view name,
                                                       std::chrono::nanoseconds fallback);
absl::StatusOr<bool> BoolParam(const UrlParams& form, std::string_view name, bool fallback);
absl::StatusOr<uint64_t> LimitParam(const UrlParams& form);  // 0: no limit

// One that must be there.
absl::StatusOr<TimestampMs> RequiredTimeParam(const UrlParams& form, std::string_view name);

// The selectors in match[]; each must ask for something.
absl::StatusOr<std::vector<Matchers>> MatchersParam(const UrlParams& form);
// Selectors of another parameter, which may ask for anything.
absl::StatusOr<std::vector<Matchers>> SelectorsParam(const UrlParams& form, std::string_view name);

}  // namespace varve
