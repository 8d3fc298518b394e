// Which blocks are to be downsampled, and to what.
//
// A raw block is due for 5 m, and a 5 m block for 1 h, when it is as long as compaction makes blocks of its age (40 h, 10 days:
// Thanos' rule), and also when it is so old that it will not become longer, or when its retention is about to delete it. The
// latter two are ours: by length alone, data that is deleted or no longer compacted before it is in long blocks would never be
// downsampled, and nobody would be told.
//
// Shape    a block is done for a resolution when all of its sources are among the sources of that resolution's blocks. Where both
//          resolutions are due they are one task, made in one pass. What is due for 1 h comes from the 5 m block if there is one,
//          else from the raw block. Tasks are in the order of time, and those of one plan do not depend on each other.
// Threads  a pure function.
// Source   thanos cmd/thanos/downsample.go, downsampleBucket.
#pragma once

#include <set>
#include <vector>

#include "base/time_range.h"
#include "base/ulid.h"
#include "blocks/downsample/resolution.h"
#include "blocks/meta_cache.h"

namespace varve {

struct DownsampleOptions {
  static constexpr int64_t kHourMs = 3'600'000, kDayMs = 24 * kHourMs;

  // Blocks at least as long as this are due at once.
  int64_t raw_length_min_ms = 40 * kHourMs;
  int64_t five_minutes_length_min_ms = 10 * kDayMs;
  // Shorter ones are due when their newest sample is older than this: compaction had its chance.
  int64_t raw_age_max_ms = 5 * kDayMs;
  int64_t five_minutes_age_max_ms = 30 * kDayMs;
  // How long the compactor keeps blocks of these resolutions, 0: for ever. A block is due when half of its retention has gone by,
  // and nothing is made that retention would delete at once.
  int64_t raw_retention_ms = 0;
  int64_t five_minutes_retention_ms = 0;
  int64_t one_hour_retention_ms = 0;
  std::set<Ulid> marked;  // with a no-downsample mark: left alone
};

struct DownsampleTask {
  Ulid source;
  std::vector<int64_t> resolutions_ms;  // ascending: 5 m, 1 h or both
};

struct DownsamplePlan {
  std::vector<DownsampleTask> tasks;
};

DownsamplePlan PlanDownsampling(const BlockMetaMap& metas, TimestampMs now, const DownsampleOptions& options);

}  // namespace varve
