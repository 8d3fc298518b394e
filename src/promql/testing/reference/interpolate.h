// The value of a series between two of its samples, on a straight line.
#pragma once

#include <optional>

#include "promql/testing/reference/reference_value.h"

namespace varve::promql::reference {

// True for histograms, unless both say that they are gauges.
bool IsCounter(const Point& before, const Point& after);

// Of a counter that was reset in between, the line starts at zero. Nothing if one is a float and the other is not, or they have
// other kinds of buckets.
std::optional<Value> Interpolate(const Point& before, const Point& after, TimestampMs time, bool counter);

}  // namespace varve::promql::reference
