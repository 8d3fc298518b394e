// Looks over whole columns of samples for what hardly ever is there: times out of order, stale markers, counters that fell.
//
// Shape    a pass over a flat array at the speed of memory; only where there is something to find it is looked at one by one.
#pragma once

#include <cstddef>
#include <span>

#include "base/time_range.h"

namespace varve {

bool StrictlyAscend(std::span<const TimestampMs> times);

// The first index from `from` on that holds a stale marker; the size if none does.
size_t FindStale(std::span<const double> values, size_t from = 0);

// The first index from `from` on, which is at least 1, whose value is less than the one before it; the size if there is none.
size_t FindDrop(std::span<const double> values, size_t from = 1);

}  // namespace varve
