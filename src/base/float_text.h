// Floating-point numbers as Go writes and reads them, which is how Prometheus shows them.
// Source: go strconv.FormatFloat / ParseFloat with precision -1 (shortest text that reads back to the same bits).
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

namespace varve {

// Appends to `out`: NaN, +Inf, -Inf, or the shortest digits that round-trip.
void AppendFloatFixed(std::string& out, double value);     // 'f': 1e21 is 1000000000000000000000
void AppendFloatExponent(std::string& out, double value);  // 'e': 1.5e+00
void AppendFloatGeneral(std::string& out, double value);   // 'g': exponent below 1e-4 and from 1e6 up (1e+06), as %v prints

std::string FormatFloatFixed(double value);
std::string FormatFloatExponent(double value);
std::string FormatFloatGeneral(double value);

// Reads decimal or hexadecimal floats, Inf and NaN in any case, with an optional sign and underscores as Go literals have
// them. InvalidArgument for anything else, including trailing characters; OutOfRange for what a double cannot hold.
absl::StatusOr<double> ParseGoFloat(std::string_view text);

}  // namespace varve
