// Functions of a number: abs, round, clamp, logarithms, trigonometry. Histograms have none and are dropped.
//
// Source   prometheus promql/functions.go; the results are libm's where Prometheus' are Go's math package.
#include <cmath>
#include <numbers>

#include "promql/functions/function_tables.h"
#include "promql/functions/nan_aware.h"

namespace varve::promql {
namespace {

template <double (*kFunction)(double)>
absl::Status Map(const FunctionCall&, StepSeries& series, Annotations&) {
  series.DropHistograms();
  for (double& value : series.values) value = kFunction(value);
  return absl::OkStatus();
}

double Degrees(double radians) { return radians * 180 / std::numbers::pi; }
double Radians(double degrees) { return degrees * std::numbers::pi / 180; }
double Sign(double value) { return value < 0 ? -1 : value > 0 ? 1 : value; }

// Calls change(value, step) for every step, present or not.
template <typename Change>
absl::Status MapSteps(StepSeries& series, const Change& change) {
  series.DropHistograms();
  for (size_t step = 0; step < series.steps(); ++step) series.values[step] = change(series.values[step], step);
  return absl::OkStatus();
}

absl::Status Clamp(const FunctionCall& call, StepSeries& series, Annotations&) {
  const StepValues &lowest = call.scalars[0], &highest = call.scalars[1];
  for (size_t step = 0; step < series.steps(); ++step) {
    if (highest[step] < lowest[step]) series.Drop(step);
  }
  return MapSteps(series, [&](double value, size_t step) { return MaxOrNan(lowest[step], MinOrNan(highest[step], value)); });
}

absl::Status ClampMax(const FunctionCall& call, StepSeries& series, Annotations&) {
  return MapSteps(series, [&](double value, size_t step) { return MinOrNan(call.scalars[0][step], value); });
}

absl::Status ClampMin(const FunctionCall& call, StepSeries& series, Annotations&) {
  return MapSteps(series, [&](double value, size_t step) { return MaxOrNan(call.scalars[0][step], value); });
}

// To the nearest multiple, halves up. Working with the inverse keeps 0.1 exact where 0.1 itself is not.
absl::Status Round(const FunctionCall& call, StepSeries& series, Annotations&) {
  return MapSteps(series, [&](double value, size_t step) {
    const double inverse = 1 / (call.scalars.empty() ? 1.0 : call.scalars[0][step]);
    return std::floor(value * inverse + 0.5) / inverse;
  });
}

constexpr FunctionImpl kFunctions[] = {
    {.name = "abs", .instant = Map<std::fabs>},    {.name = "acos", .instant = Map<std::acos>},
    {.name = "acosh", .instant = Map<std::acosh>}, {.name = "asin", .instant = Map<std::asin>},
    {.name = "asinh", .instant = Map<std::asinh>}, {.name = "atan", .instant = Map<std::atan>},
    {.name = "atanh", .instant = Map<std::atanh>}, {.name = "ceil", .instant = Map<std::ceil>},
    {.name = "clamp", .instant = Clamp},           {.name = "clamp_max", .instant = ClampMax},
    {.name = "clamp_min", .instant = ClampMin},    {.name = "cos", .instant = Map<std::cos>},
    {.name = "cosh", .instant = Map<std::cosh>},   {.name = "deg", .instant = Map<Degrees>},
    {.name = "exp", .instant = Map<std::exp>},     {.name = "floor", .instant = Map<std::floor>},
    {.name = "ln", .instant = Map<std::log>},      {.name = "log10", .instant = Map<std::log10>},
    {.name = "log2", .instant = Map<std::log2>},   {.name = "rad", .instant = Map<Radians>},
    {.name = "round", .instant = Round},           {.name = "sgn", .instant = Map<Sign>},
    {.name = "sin", .instant = Map<std::sin>},     {.name = "sinh", .instant = Map<std::sinh>},
    {.name = "sqrt", .instant = Map<std::sqrt>},   {.name = "tan", .instant = Map<std::tan>},
    {.name = "tanh", .instant = Map<std::tanh>},
};

}  // namespace

std::span<const FunctionImpl> MathFunctions() { return kFunctions; }

}  // namespace varve::promql
