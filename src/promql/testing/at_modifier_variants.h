// An instant query with its time pinned: every selector that has no @ gets one. Asked at any time, it answers the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time_range.h"

namespace varve::promql {

struct PinnedQuery {
  std::string text;
  TimestampMs time = 0;  // when to ask
};

// Empty for queries that look at the time themselves.
std::vector<PinnedQuery> PinnedVariants(std::string_view query, TimestampMs time);

}  // namespace varve::promql
