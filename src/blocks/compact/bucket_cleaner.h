// The only deleter of a bucket: what was marked long enough ago, what others have replaced, what never became a block.
//
// Errors   what fails for one block is logged and counted, and tried again the next time; a bucket that denies deletes stops
//          nothing.
// Threads  one at a time.
// Source   thanos pkg/compact/blocks_cleaner.go, clean.go; Syncer.GarbageCollect.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <set>

#include "blocks/compact/block_marker.h"
#include "blocks/compact/compact_plan.h"
#include "blocks/marks.h"

namespace varve {

// A block without meta.json is an upload that was broken off once none of its objects has changed for so long.
inline constexpr std::chrono::hours kPartialUploadAge{48};

class BucketCleaner {
 public:
  explicit BucketCleaner(const CompactionEnvironment& environment, size_t parallel_max = 32);

  // Deletes the blocks whose mark is older than `delete_delay`; answers which.
  std::set<Ulid> DeleteMarked(const Context& ctx, const std::map<Ulid, BlockMark>& marks, std::chrono::milliseconds delete_delay);

  // Marks blocks whose sources another one has, if that one is there with all its objects and is not to be deleted itself.
  void MarkReplaced(const Context& ctx, const std::map<Ulid, std::shared_ptr<const BlockMeta>>& duplicates,
                    const std::map<Ulid, BlockMark>& marks);

  // Deletes what is left of uploads that were broken off. `partial` are blocks without a meta.json; those with a damaged one are
  // kept.
  void DeletePartial(const Context& ctx, const std::map<Ulid, absl::Status>& partial, const std::map<Ulid, BlockMark>& marks);

 private:
  absl::StatusOr<TimestampMs> NewestChange(const Context& ctx, Ulid id) const;
  bool IsProven(const Context& ctx, const BlockMeta& block);

  const CompactionEnvironment& environment_;
  const size_t parallel_max_;
  const BlockMarker marker_;
  std::set<Ulid> proven_;  // blocks with all their objects
};

}  // namespace varve
