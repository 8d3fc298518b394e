#include "roles/store/gateway_caches.h"

#include <malloc.h>

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/index_cache_config.h"
#include "blocks/range_planner.h"
#include "objstore/caching_bucket_config.h"
#include "objstore/env_expansion.h"

namespace varve {
namespace {

constexpr int kMappedAboveBytes = 128 << 10;

// Large buffers go back to the system when they are freed. How many heaps there are is settled in runtime/malloc_arenas.h.
void MakeHeapTight() {
  ::mallopt(M_MMAP_THRESHOLD, kMappedAboveBytes);
  ::mallopt(M_TRIM_THRESHOLD, kMappedAboveBytes);
}

// Without a config: in memory. Where the bucket maps its objects, lists and entries are read where they are, so only the outcome of
// whole selections is worth keeping.
IndexCacheConfig DefaultIndexCache(uint64_t bytes, const Bucket& bucket) {
  IndexCacheConfig config;
  config.cache.memory.bytes_max = bytes;
  config.cache.memory.item_bytes_max = bytes / 2;
  config.options.ttl = std::chrono::hours(24 * 365 * 10);
  config.options.postings = config.options.series = ReadCostOf(bucket.provider()).is_remote;
  return config;
}

}  // namespace

GatewayCaches::GatewayCaches(const BucketFlags& flags, Process& process, Executor& executor)
    : flags_(flags),
      process_(process),
      executor_(executor),
      memory_("store (--store.memory-limit)", static_cast<int64_t>(flags.memory_bytes_max)),
      guard_(memory_),
      memory_metrics_(process.registry, "store", memory_) {}

absl::StatusOr<std::unique_ptr<ByteCache>> GatewayCaches::Make(const CacheConfig& config, const std::string& name,
                                                               const std::string& memory_prefix, bool memory_has_name) {
  CacheServerList list = [] { return std::vector<std::string>(); };
  if (config.is_remote()) {
    servers_.push_back(std::make_unique<CacheServers>(config, process_));
    VARVE_RETURN_IF_ERROR(servers_.back()->Start());
    list = [servers = servers_.back().get()] { return servers->Addresses(); };
  }
  CacheConfig bounded = config;
  if (memory_.limit() > 0) {  // queries want some of it without asking first
    const uint64_t bytes_max = static_cast<uint64_t>(memory_.limit()) / 2;
    bounded.memory.bytes_max = std::min(bounded.memory.bytes_max, bytes_max);
    bounded.memory.item_bytes_max = std::min(bounded.memory.item_bytes_max, bytes_max / 2);
  }
  return MakeCache(bounded,
                   {.executor = executor_,
                    .registry = process_.registry,
                    .logger = process_.log,
                    .clock = process_.clock,
                    .memory = &memory_,
                    .name = name,
                    .memory_metrics_prefix = memory_prefix,
                    .memory_metrics_have_name = memory_has_name},
                   std::move(list));
}

absl::Status GatewayCaches::Open(const Bucket& bucket) {
  memory_metrics_.Start();
  if (memory_.limit() > 0) {
    MakeHeapTight();
    guard_.Start();
  }
  IndexCacheConfig config = DefaultIndexCache(flags_.index_cache_bytes, bucket);
  if (!flags_.index_cache.empty()) {
    VARVE_ASSIGN_OR_RETURN(const std::string yaml, ExpandEnv(flags_.index_cache));
    absl::StatusOr<IndexCacheConfig> parsed = ParseIndexCacheConfig(yaml);
    if (!parsed.ok()) return Annotate(parsed.status(), "--index-cache.config");
    config = *std::move(parsed);
  } else if (flags_.index_cache_bytes == 0) {
    return absl::OkStatus();
  }
  VARVE_ASSIGN_OR_RETURN(std::unique_ptr<ByteCache> cache, Make(config.cache, "index-cache", "thanos_store_index_cache_", false));
  index_cache_ = std::make_unique<IndexCache>(std::move(cache), config.options, process_.registry);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Bucket>> GatewayCaches::Wrap(std::unique_ptr<Bucket> bucket) {
  if (flags_.caching_bucket.empty()) return bucket;
  VARVE_ASSIGN_OR_RETURN(const std::string yaml, ExpandEnv(flags_.caching_bucket));
  absl::StatusOr<CachingBucketConfig> config = ParseCachingBucketConfig(yaml);
  if (!config.ok()) return Annotate(config.status(), "--store.caching-bucket.config");
  VARVE_ASSIGN_OR_RETURN(std::unique_ptr<ByteCache> cache, Make(config->cache, "caching-bucket", "thanos_cache_inmemory_", true));
  return NewCachingBucket(std::move(bucket), std::move(cache), config->options, executor_, process_.registry);
}

}  // namespace varve
