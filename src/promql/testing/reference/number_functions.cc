#include "promql/testing/reference/number_functions.h"

#include <chrono>
#include <cmath>
#include <map>
#include <numbers>
#include <set>

namespace varve::promql::reference {
namespace {

double Sign(double value) { return value > 0 ? 1 : value < 0 ? -1 : value; }
double Degrees(double value) { return value * 180 / std::numbers::pi; }
double Radians(double value) { return value * std::numbers::pi / 180; }

using Function = double (*)(double);
const std::map<std::string_view, Function>& Functions() {
  static const std::map<std::string_view, Function> kFunctions = {
      {"abs", std::fabs},  {"acos", std::acos},   {"acosh", std::acosh}, {"asin", std::asin}, {"asinh", std::asinh},
      {"atan", std::atan}, {"atanh", std::atanh}, {"ceil", std::ceil},   {"cos", std::cos},   {"cosh", std::cosh},
      {"deg", Degrees},    {"exp", std::exp},     {"floor", std::floor}, {"ln", std::log},    {"log10", std::log10},
      {"log2", std::log2}, {"rad", Radians},      {"sgn", Sign},         {"sin", std::sin},   {"sinh", std::sinh},
      {"sqrt", std::sqrt}, {"tan", std::tan},     {"tanh", std::tanh}};
  return kFunctions;
}

// The smaller of two, as IEEE 754-2019 minimum: NaN if one is, and -0 below 0. Except that -Inf beats NaN, as in Go.
double Lower(double a, double b) {
  if (std::isinf(a) && a < 0) return a;
  if (std::isinf(b) && b < 0) return b;
  if (std::isnan(a) || std::isnan(b)) return NAN;
  if (a == b) return std::signbit(a) ? a : b;
  return a < b ? a : b;
}
double Higher(double a, double b) { return -Lower(-a, -b); }

}  // namespace

bool IsNumberFunction(std::string_view name) {
  return Functions().contains(name) || name.starts_with("clamp") || name == "round";
}

bool IsDateFunction(std::string_view name) {
  static const std::set<std::string_view> kNames = {"day_of_month", "day_of_week", "day_of_year", "days_in_month",
                                                    "hour",         "minute",      "month",       "year"};
  return kNames.contains(name);
}

std::optional<double> OfNumber(std::string_view name, double value, std::span<const double> parameters) {
  if (name == "clamp_min") return Higher(parameters[0], value);
  if (name == "clamp_max") return Lower(parameters[0], value);
  if (name == "clamp") {
    if (parameters[1] < parameters[0]) return std::nullopt;
    return Higher(parameters[0], Lower(parameters[1], value));
  }
  if (name == "round") {
    const double inverse = 1 / (parameters.empty() ? 1 : parameters[0]);
    return std::floor(value * inverse + 0.5) / inverse;
  }
  return Functions().at(name)(value);
}

double OfDate(std::string_view name, double unix_seconds) {
  namespace chrono = std::chrono;
  const chrono::sys_seconds time{chrono::seconds(static_cast<int64_t>(unix_seconds))};
  const chrono::sys_days day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss clock(time - day);
  if (name == "minute") return static_cast<double>(clock.minutes().count());
  if (name == "hour") return static_cast<double>(clock.hours().count());
  if (name == "day_of_week") return chrono::weekday(day).c_encoding();
  if (name == "day_of_month") return static_cast<unsigned>(date.day());
  if (name == "day_of_year") return static_cast<double>((day - chrono::sys_days(date.year() / 1 / 1)).count() + 1);
  if (name == "days_in_month") return static_cast<unsigned>((date.year() / date.month() / chrono::last).day());
  if (name == "month") return static_cast<unsigned>(date.month());
  return static_cast<int>(date.year());
}

}  // namespace varve::promql::reference
