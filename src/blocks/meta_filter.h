// Filters choose, of all blocks of a bucket, those a role is to work with. They run one after the other on the same map.
//
// The order is Thanos' and matters: a store has time, label shard, consistency delay, deletion mark, duplicates.
//
// Threads  a filter belongs to one MetaFetcher, which calls it from one thread at a time.
// Source   thanos pkg/block/fetcher.go.
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "blocks/marks.h"
#include "blocks/meta_cache.h"
#include "model/relabel.h"
#include "runtime/clock.h"
#include "runtime/metrics.h"

namespace varve {

// How many blocks ended in which state, the label of thanos_blocks_meta_synced.
using SyncedStates = std::map<std::string, uint64_t, std::less<>>;

class MetaFilter {
 public:
  virtual ~MetaFilter() = default;
  // Removes blocks from `metas` and counts them in `states`. An error fails the whole synchronisation.
  virtual absl::Status Filter(const Context& ctx, BlockMetaMap& metas, SyncedStates& states) = 0;
};

// Keeps blocks with maxTime >= range.min and minTime <= range.max; asked for anew each time, since it may be relative to now.
std::unique_ptr<MetaFilter> NewTimeRangeFilter(std::function<QueryRange()> range);

// Keeps blocks whose external labels, with __block_id added and `ignored_labels` left out, survive the relabelling.
std::unique_ptr<MetaFilter> NewLabelShardFilter(RelabelRules rules, std::vector<std::string> ignored_labels = {});

// Hides blocks uploaded less than `delay` ago, for buckets that are consistent only in the end. What a compactor or a repair
// made is not held back: it replaces blocks that are there. Sets <prefix>consistency_delay_seconds.
std::unique_ptr<MetaFilter> NewConsistencyDelayFilter(std::chrono::milliseconds delay, Clock& clock, MetricsRegistry& registry,
                                                      const std::string& metrics_prefix = "thanos_");

// Of blocks in one compaction group, drops those whose sources are all among the sources of another.
class DuplicateFilter : public MetaFilter {
 public:
  absl::Status Filter(const Context& ctx, BlockMetaMap& metas, SyncedStates& states) override;
  // Of the last run: each block dropped, and the one that has its sources; from any thread.
  std::map<Ulid, std::shared_ptr<const BlockMeta>> duplicates() const;

 private:
  mutable Mutex mutex_;
  std::map<Ulid, std::shared_ptr<const BlockMeta>> duplicates_ ABSL_GUARDED_BY(mutex_);
};
std::unique_ptr<MetaFilter> NewDuplicateFilter();

// Drops blocks whose deletion mark is older than `delay`: by then everyone has seen what replaces them.
class DeletionMarkFilter : public MetaFilter {
 public:
  // `listing`, if not null, outlives the filter: marks that its listing shows absent, or unchanged, are not asked for.
  DeletionMarkFilter(Bucket& bucket, Executor& executor, Clock& clock, Logger logger, std::chrono::milliseconds delay,
                     size_t parallel_max = 32, const MetaCache* listing = nullptr);
  absl::Status Filter(const Context& ctx, BlockMetaMap& metas, SyncedStates& states) override;
  // All marks that were met, of hidden blocks and others; from any thread.
  std::map<Ulid, BlockMark> marks() const;

 private:
  Bucket& bucket_;
  Executor& executor_;
  Clock& clock_;
  const Logger logger_;
  const std::chrono::milliseconds delay_;
  const size_t parallel_max_;
  const MetaCache* const listing_;
  std::map<Ulid, TimestampMs> modified_;  // of the marks, as listed when they were read
  mutable Mutex mutex_;
  std::map<Ulid, BlockMark> marks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace varve
