// Functions without a vector: time(), pi(), vector(s), min_of(a, b), max_of(a, b); and timestamp(v), which looks at no value.
//
// Source   prometheus promql/functions.go.
#include <numbers>

#include "promql/functions/function_tables.h"
#include "promql/functions/nan_aware.h"

namespace varve::promql {
namespace {

void Time(const FunctionCall& call, StepValues& out) {
  for (size_t step = 0; step < out.size(); ++step) out[step] = static_cast<double>(call.grid.At(step)) / 1000;
}

void Pi(const FunctionCall&, StepValues& out) {
  for (double& value : out) value = std::numbers::pi;
}

void Vector(const FunctionCall& call, StepValues& out) { out = call.scalars[0]; }

void MinOf(const FunctionCall& call, StepValues& out) {
  for (size_t step = 0; step < out.size(); ++step) out[step] = MinOrNan(call.scalars[0][step], call.scalars[1][step]);
}

void MaxOf(const FunctionCall& call, StepValues& out) {
  for (size_t step = 0; step < out.size(); ++step) out[step] = MaxOrNan(call.scalars[0][step], call.scalars[1][step]);
}

// Of an expression; the plan reads the times of a selector's samples itself.
absl::Status Timestamp(const FunctionCall& call, StepSeries& series, Annotations&) {
  series.histograms.clear();
  for (size_t step = 0; step < series.steps(); ++step) series.values[step] = static_cast<double>(call.grid.At(step)) / 1000;
  return absl::OkStatus();
}

// Only samples of a selector have one; the plan reads those, if start timestamps are in use.
absl::Status StartTimestamp(const FunctionCall&, StepSeries& series, Annotations&) {
  series.Reset(series.steps());
  return absl::OkStatus();
}

constexpr FunctionImpl kFunctions[] = {
    {.name = "max_of", .scalar = MaxOf},  {.name = "min_of", .scalar = MinOf},
    {.name = "pi", .scalar = Pi},         {.name = "start_timestamp", .instant = StartTimestamp},
    {.name = "time", .scalar = Time},     {.name = "timestamp", .instant = Timestamp},
    {.name = "vector", .scalar = Vector},
};

}  // namespace

std::span<const FunctionImpl> ScalarFunctions() { return kFunctions; }

}  // namespace varve::promql
