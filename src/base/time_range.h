// Time in Varve is Unix milliseconds in an int64_t, as in every file and message of Prometheus and Thanos. The two kinds of
// range are two types, so that an inclusive end is never taken for an exclusive one.
#pragma once

#include <cstdint>
#include <limits>

namespace varve {

using TimestampMs = int64_t;
inline constexpr TimestampMs kMinTimestamp = std::numeric_limits<int64_t>::min();
inline constexpr TimestampMs kMaxTimestamp = std::numeric_limits<int64_t>::max();

struct BlockRange {  // as in meta.json
  TimestampMs min = 0, max_exclusive = 0;
  friend bool operator==(const BlockRange&, const BlockRange&) = default;
};

struct QueryRange {  // as in the HTTP API, the StoreAPI and a chunk's metadata
  TimestampMs min = kMinTimestamp, max_inclusive = kMaxTimestamp;
  friend bool operator==(const QueryRange&, const QueryRange&) = default;
};

constexpr bool Overlaps(BlockRange block, QueryRange query) {
  return block.min <= query.max_inclusive && query.min < block.max_exclusive;
}
constexpr bool Overlaps(QueryRange a, QueryRange b) { return a.min <= b.max_inclusive && b.min <= a.max_inclusive; }
constexpr bool Overlaps(BlockRange a, BlockRange b) { return a.min < b.max_exclusive && b.min < a.max_exclusive; }

}  // namespace varve
