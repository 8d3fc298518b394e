// The two duration grammars of the Prometheus world, and what each prints.
//
//   Prometheus:  1w2d3h4m5s6ms, whole numbers, units in this order, each at most once; also `0`
//   Go:          1h30m, 1.5s, -2us, 300ms
//
// Units    milliseconds, as everywhere in Varve; Go durations are rounded towards zero.
// Errors   InvalidArgument with the text that was given.
// Source   prometheus/common model.ParseDuration, go time.ParseDuration.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace varve {

absl::StatusOr<int64_t> ParsePrometheusDurationMs(std::string_view text);
absl::StatusOr<int64_t> ParseGoDurationMs(std::string_view text);
// Flags accept the union: Prometheus' grammar first, then Go's.
absl::StatusOr<int64_t> ParseDurationMs(std::string_view text);

std::string FormatPrometheusDuration(int64_t ms);  // 90000 is "1m30s", 0 is "0s"
std::string FormatGoDuration(int64_t ms);          // 90000 is "1m30s", 3600000 is "1h0m0s"

}  // namespace varve
