// What a compactor's view of the bucket has beyond a store's: replica labels taken away, and the marks that say what to leave
// alone.
// Source: thanos pkg/block/fetcher.go ReplicaLabelRemover; pkg/compact GatherNoCompactionMarkFilter, downsample the same.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "blocks/marks.h"
#include "blocks/meta_filter.h"

namespace varve {

// Takes the labels out of every block's external ones, so that replicas come into one group. A block that has no others gets the
// first label back, with the value "deduped".
class ReplicaLabelFilter : public MetaFilter {
 public:
  explicit ReplicaLabelFilter(std::vector<std::string> labels) : labels_(std::move(labels)) {}
  absl::Status Filter(const Context& ctx, BlockMetaMap& metas, SyncedStates& states) override;
  // What was taken out of each block in the last run; blocks without are not in it. From any thread.
  std::map<Ulid, Labels> removed() const;

 private:
  const std::vector<std::string> labels_;
  mutable Mutex mutex_;
  std::map<Ulid, Labels> removed_ ABSL_GUARDED_BY(mutex_);
};

// Drops nothing; remembers which blocks have a mark of one kind.
class MarkFilter : public MetaFilter {
 public:
  // `state` is what the blocks are counted under. The references outlive the filter.
  MarkFilter(MarkKind kind, std::string state, Bucket& bucket, Executor& executor, Logger logger, size_t parallel_max)
      : kind_(kind),
        state_(std::move(state)),
        bucket_(bucket),
        executor_(executor),
        logger_(std::move(logger)),
        parallel_max_(parallel_max) {}
  absl::Status Filter(const Context& ctx, BlockMetaMap& metas, SyncedStates& states) override;
  std::map<Ulid, BlockMark> marks() const;  // of the last run; from any thread

 private:
  const MarkKind kind_;
  const std::string state_;
  Bucket& bucket_;
  Executor& executor_;
  const Logger logger_;
  const size_t parallel_max_;
  mutable Mutex mutex_;
  std::map<Ulid, BlockMark> marks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace varve
