// The caches of a store gateway, and the memory they share with its queries.
//
//   GatewayCaches caches(flags, process, executor);
//   VARVE_RETURN_IF_ERROR(caches.Open());
//   VARVE_ASSIGN_OR_RETURN(bucket, caches.Wrap(std::move(bucket)));      // the caching bucket, if one is configured
//   source.index_cache = caches.index_cache(); source.memory = caches.memory();
//
// Errors   InvalidArgument for a config, with the flag it came from. A cache server that does not answer is no error.
#pragma once

#include <memory>
#include <vector>

#include "blocks/index_cache.h"
#include "objstore/bucket.h"
#include "objstore/cache/cache_config.h"
#include "roles/role.h"
#include "roles/store/cache_servers.h"
#include "roles/store/store_config.h"
#include "runtime/executor.h"
#include "runtime/memory_budget.h"
#include "runtime/memory_guard.h"
#include "runtime/memory_metrics.h"

namespace varve {

class GatewayCaches {
 public:
  // All outlive this; this outlives the bucket it wraps.
  GatewayCaches(const BucketFlags& flags, Process& process, Executor& executor);

  absl::Status Open(const Bucket& bucket);
  absl::StatusOr<std::unique_ptr<Bucket>> Wrap(std::unique_ptr<Bucket> bucket);
  IndexCache* index_cache() { return index_cache_.get(); }
  MemoryBudget* memory() { return &memory_; }

 private:
  absl::StatusOr<std::unique_ptr<ByteCache>> Make(const CacheConfig& config, const std::string& name,
                                                  const std::string& memory_prefix, bool memory_has_name);

  const BucketFlags& flags_;
  Process& process_;
  Executor& executor_;
  MemoryBudget memory_;
  MemoryGuard guard_;
  MemoryMetrics memory_metrics_;
  std::vector<std::unique_ptr<CacheServers>> servers_;
  std::unique_ptr<IndexCache> index_cache_;
};

}  // namespace varve
