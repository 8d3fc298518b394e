// A cache on other machines: one or several servers of one kind, asked for many keys at once and told in the background.
//
//   auto cache = NewRemoteCache(NewMemcachedProtocol(), servers, options, executor, metrics);
//
// Shape    a key belongs to one server: jump hash over the servers' names in natural order, as Thanos picks them. Values travel as
//          cache records, so damage is a miss. Put queues; when the queue is full, or a server refuses for a while, it drops.
// Errors   none: they are counted, and the value is missing.
// Threads  share freely. Get blocks at most as long as the timeouts say.
// Source   thanos pkg/cacheutil/memcached_client.go, redis_client.go, memcached_server_selector.go.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "objstore/cache/byte_cache.h"
#include "objstore/cache/cache_protocol.h"
#include "objstore/cache/cache_server.h"
#include "runtime/executor.h"
#include "runtime/metrics.h"

namespace varve {

struct RemoteCacheOptions {
  CacheServerOptions server;
  std::string key_prefix;
  std::chrono::milliseconds get_timeout{500}, set_timeout{500};
  uint64_t item_bytes_max = 1 << 20;  // a larger one is neither sent nor taken
  size_t get_batch_keys = 0;          // keys of one request; 0: any number
  size_t get_concurrency = 100;       // requests under way
  size_t set_concurrency = 20;
  size_t set_queue_items = 10'000;
  uint64_t set_queue_bytes = 64 << 20;
};

// <prefix>operations_total{name,operation}, operation_failures_total, operation_skipped_total, operation_duration_seconds
struct RemoteCacheMetrics {
  RemoteCacheMetrics(MetricsRegistry& registry, const std::string& prefix, const std::string& name);
  struct Operation {
    Counter& attempts;
    Counter& failures;
    Counter& skipped;
    HistogramMetric& duration;
  };
  Operation get, set;

 private:
  static Operation Make(MetricsRegistry& registry, const std::string& prefix, const std::string& name,
                        const std::string& operation);
};

// The addresses of the servers at this moment, host:port or ip:port. Asked at each call, so it answers from memory.
using CacheServerList = std::function<std::vector<std::string>()>;

// `executor` asks several servers at once and outlives the cache.
std::unique_ptr<ByteCache> NewRemoteCache(std::unique_ptr<CacheProtocol> protocol, StreamDialer dialer, CacheServerList servers,
                                          RemoteCacheOptions options, Executor& executor, RemoteCacheMetrics metrics);

// Which of `count` buckets a hash belongs to; few move when the count changes. Lamping and Veach, 2014.
size_t JumpHash(uint64_t hash, size_t count);
// Text order, with runs of digits by their number: cache-2 before cache-10.
bool NaturalLess(std::string_view a, std::string_view b);

}  // namespace varve
