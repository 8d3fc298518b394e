// What number, duration and string tokens stand for.
//
// Errors   the messages Prometheus gives (Go's strconv, prometheus/common model.ParseDuration).
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace varve::promql {

// Decimal, hexadecimal (0x1f), octal (017), with underscores, floats, Inf and NaN in any case.
absl::StatusOr<double> ParseNumber(std::string_view text);

// 1h30m, as milliseconds.
absl::StatusOr<int64_t> ParseDuration(std::string_view text);

// The content of a string in single, double or back quotes; nullopt if it is none.
std::optional<std::string> Unquote(std::string_view text);

}  // namespace varve::promql
