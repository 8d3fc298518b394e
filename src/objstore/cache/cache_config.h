// The backend part of Thanos' cache configurations, and the cache it describes. Index cache and caching bucket share it.
//
//   type: IN-MEMORY           config: max_size, max_item_size
//   type: MEMCACHED           config: addresses, timeout, max_idle_connections, max_async_concurrency, max_async_buffer_size,
//                                     max_get_multi_concurrency, max_item_size, max_get_multi_batch_size,
//                                     dns_provider_update_interval, set_async_circuit_breaker_config
//   type: REDIS               config: addr, prefix, username, password, db, dial_timeout, read_timeout, write_timeout,
//                                     max_get_multi_concurrency, get_multi_batch_size, max_async_concurrency,
//                                     max_async_buffer_size, tls_enabled, tls_config, set_async_circuit_breaker_config
//   type: DISK                config: directory, max_size, max_item_size          (Varve's own)
//
// Errors   InvalidArgument with line and key; Unimplemented, with what to do instead, for Redis Cluster and Sentinel, memcached
//          auto-discovery and GROUPCACHE.
// Source   thanos pkg/store/cache/factory.go, pkg/cacheutil, pkg/store/cache/caching_bucket_factory.go.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/yaml.h"
#include "objstore/cache/byte_cache.h"
#include "objstore/cache/cache_protocol.h"
#include "objstore/cache/disk_cache.h"
#include "objstore/cache/memory_cache.h"
#include "objstore/cache/remote_cache.h"

namespace varve {

enum class CacheType { kMemory, kMemcached, kRedis, kDisk };

struct CacheConfig {
  CacheType type = CacheType::kMemory;
  MemoryCacheOptions memory;
  DiskCacheOptions disk;
  // Of memcached and Redis.
  std::vector<std::string> addresses;  // as written: host:port, dns+host:port, ...
  int64_t dns_interval_ms = 10'000;
  RemoteCacheOptions remote;
  std::optional<TlsClientConfig> tls;
  RedisLogin login;

  bool is_remote() const { return type == CacheType::kMemcached || type == CacheType::kRedis; }
};

// `type` in any case; `config` may be null.
absl::StatusOr<CacheConfig> ReadCacheConfig(const std::string& type, const YamlNode* config, const std::string& where);

struct CacheEnvironment {  // all of it outlives the cache
  Executor& executor;
  MetricsRegistry& registry;
  const Logger& logger;
  Clock& clock;
  MemoryBudget* memory = nullptr;     // of a cache in memory
  std::string name;                   // index-cache, caching-bucket: in metrics
  std::string memory_metrics_prefix;  // and whether a {name} label comes with it
  bool memory_metrics_have_name = false;
};
// `servers` are the addresses of the config, looked up; only remote caches ask for them.
absl::StatusOr<std::unique_ptr<ByteCache>> MakeCache(const CacheConfig& config, const CacheEnvironment& environment,
                                                     CacheServerList servers);

}  // namespace varve
