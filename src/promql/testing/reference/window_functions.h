// Functions of a range vector: one window of one series to one value.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "promql/testing/reference/reference_value.h"

namespace varve::promql::reference {

// The window's own labels and times are in `window`; `time` is when the expression is evaluated, `numbers` its scalar arguments.
struct WindowCall {
  std::string_view function;
  const Window& window;
  TimestampMs time;
  std::span<const double> numbers;
};

// Nothing where the function has no answer for this window.
std::optional<Value> OverTime(const WindowCall& call);
std::optional<Value> Rate(const WindowCall& call);         // rate, increase, delta
std::optional<Value> InstantRate(const WindowCall& call);  // irate, idelta

// What anchored and smoothed windows begin and end with, and the samples between. `counter`: resets are not slopes.
std::optional<std::vector<Point>> Bounded(const Window& window, bool counter);

}  // namespace varve::promql::reference
