// A duration in seconds as Go's Duration.Seconds() has it: whole seconds and the rest are divided apart, so that the last bit may
// differ from ms / 1000.
#pragma once

#include <cstdint>

namespace varve::promql {

inline double DurationSeconds(int64_t ms) { return static_cast<double>(ms / 1000) + static_cast<double>(ms % 1000) / 1000; }

}  // namespace varve::promql
