// Functions of one float: abs, sin, hour and so on.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace varve::promql::reference {

bool IsNumberFunction(std::string_view name);
bool IsDateFunction(std::string_view name);

// `parameters` are those of clamp and round. Nothing where clamp's bounds leave no number.
std::optional<double> OfNumber(std::string_view name, double value, std::span<const double> parameters);
double OfDate(std::string_view name, double unix_seconds);

}  // namespace varve::promql::reference
