// The set of blocks a role works with: all blocks of the bucket, filtered. Each fetch makes a new immutable snapshot, and a
// query sees one snapshot from start to end.
//
//   <prefix>blocks_meta_syncs_total, _sync_failures_total, _sync_duration_seconds
//   <prefix>blocks_meta_synced{state}       of the last fetch: loaded, failed, no-meta-json, corrupted-meta-json, too-fresh, ...
//
// Errors   Fetch fails when the bucket cannot be listed or a filter fails; the previous snapshot then stays. Blocks whose
//          meta.json could not be read make the snapshot incomplete: good for adding blocks, not for concluding that one is gone.
// Threads  Fetch from one thread at a time; snapshot() from any.
// Source   thanos pkg/block/fetcher.go MetaFetcher.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "blocks/meta_cache.h"
#include "blocks/meta_filter.h"
#include "runtime/metrics.h"

namespace varve {

struct BlockSnapshot {
  BlockMetaMap blocks;                   // what is left after the filters
  std::map<Ulid, absl::Status> partial;  // without meta.json (NotFound) or with a corrupted one (DataLoss)
  std::map<Ulid, FrozenObject> frozen;   // in cold storage, their meta.json included: what they hold is not known
  absl::Status incomplete;               // OK, or why some blocks may be missing
};

class MetaFetcher {
 public:
  // `cache` may serve other fetchers too; it and `registry` outlive this.
  MetaFetcher(MetaCache& cache, MetricsRegistry& registry, Logger logger, std::vector<std::unique_ptr<MetaFilter>> filters,
              const std::string& metrics_prefix = "thanos_");

  absl::StatusOr<std::shared_ptr<const BlockSnapshot>> Fetch(const Context& ctx);
  // The last one fetched; empty before the first.
  std::shared_ptr<const BlockSnapshot> snapshot() const;

 private:
  absl::StatusOr<std::shared_ptr<const BlockSnapshot>> DoFetch(const Context& ctx);
  void Publish(const SyncedStates& states);

  MetaCache& cache_;
  const Logger logger_;
  const std::vector<std::unique_ptr<MetaFilter>> filters_;
  Counter& syncs_;
  Counter& sync_failures_;
  HistogramMetric& sync_duration_;
  GaugeFamily& synced_;
  mutable Mutex mutex_;
  std::shared_ptr<const BlockSnapshot> snapshot_ ABSL_GUARDED_BY(mutex_) = std::make_shared<const BlockSnapshot>();
};

}  // namespace varve
