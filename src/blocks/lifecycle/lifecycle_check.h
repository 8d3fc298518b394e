// What a lifecycle policy would do to the blocks of a bucket: which of them it freezes or deletes while they are still needed.
//
// Shape    first the rules by themselves (they are wrong before there is a block old enough to show it), then block by block, by the
//          time at which it happens.
// Units    dollars; GiB.
// Threads  a pure function.
#pragma once

#include <string>
#include <vector>

#include "blocks/lifecycle/block_outlook.h"
#include "blocks/lifecycle/lifecycle_policy.h"

namespace varve {

struct LifecycleFinding {
  enum class Does { kFreezes, kDeletes };
  Does does = Does::kFreezes;
  Ulid block;
  std::string rule;
  TimestampMs when = 0, needed_until = 0;
  std::string parts;  // "meta.json, index, 3 chunk files"
  uint64_t bytes = 0;
  double dollars_to_restore = 0;  // of what is frozen; what is deleted cannot be bought back
};

struct LifecycleReport {
  std::vector<std::string> mistakes;  // of rules, a sentence or two each
  std::vector<LifecycleFinding> findings;
  double saved_per_month = 0;  // when every transition to a class that can be read has happened

  bool safe() const { return mistakes.empty() && findings.empty(); }
};

LifecycleReport CheckLifecycle(const LifecyclePolicy& policy, const std::vector<BlockOutlook>& blocks,
                               const RetentionMs& retention);

}  // namespace varve
