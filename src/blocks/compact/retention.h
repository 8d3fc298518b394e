// What retention deletes, and what the interlock keeps.
//
// A block expires when its newest sample is older than the retention of its resolution. It goes only when what is to take its
// place is there: the next coarser resolution whose own retention has not passed for it has to be in the bucket, whole, and
// cover all of the block's sources and its range. (thanos#7908: retention shorter than the time downsampling takes loses the
// data for good.)
//
// Shape    the plan is made of metas alone; what the successors' objects are worth is asked for block by block with CheckObjects.
// Units    a retention of 0 keeps for ever.
// Threads  PlanRetention is a pure function.
// Source   thanos pkg/compact/retention.go; the interlock is ours.
#pragma once

#include <absl/status/status.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "blocks/compact/compact_plan.h"
#include "blocks/meta_cache.h"

namespace varve {

struct RetentionPolicy {
  std::map<int64_t, int64_t> retention_ms;  // by resolution: 0, 300000, 3600000
  bool interlock = true;                    // false: by age alone, as where nothing is downsampled
};

struct RetentionDecision {
  std::shared_ptr<const BlockMeta> block;
  bool expires = false;   // else it is held
  std::string reason;     // for people
  BlockMetas successors;  // have to be whole; empty where none is needed
};

// One decision for each block past its retention; by min time.
std::vector<RetentionDecision> PlanRetention(const BlockMetaMap& blocks, TimestampMs now, const RetentionPolicy& policy,
                                             const std::set<Ulid>& marked_for_deletion);

uint64_t BlockBytes(const BlockMeta& block);  // of the files meta.json lists

struct RetentionReport {
  uint64_t blocks = 0, bytes = 0;            // that go, or would
  uint64_t held_blocks = 0, held_bytes = 0;  // that the interlock keeps
  std::vector<RetentionDecision> decisions;  // as they came out
};

// Checks successors and marks what expires, unless `dry_run`. A block that cannot be marked now is left for the next time.
RetentionReport ApplyRetention(const Context& ctx, const CompactionEnvironment& environment,
                               std::vector<RetentionDecision> decisions, bool dry_run);

}  // namespace varve
