// A cache in this process' memory: least recently used out first, bounded in bytes.
//
// Shape    keys are spread over shards, each with a lock and an order of its own; a Get of many keys takes each lock once. The
//          bytes of all shards together stay below the limit, keys and bookkeeping counted. When memory runs short for queries,
//          the budget asks for some of it back (MemoryReclaimer).
// Threads  share freely.
// Source   thanos pkg/store/cache/inmemory.go and pkg/cache/inmemory.go (metrics).
#pragma once

#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "objstore/cache/byte_cache.h"
#include "runtime/clock.h"
#include "runtime/memory_budget.h"
#include "runtime/metrics.h"

namespace varve {

struct MemoryCacheOptions {
  uint64_t bytes_max = uint64_t{250} << 20;
  uint64_t item_bytes_max = uint64_t{125} << 20;
  MemoryBudget* budget = nullptr;  // outlives the cache
};

// <prefix>items, items_size_bytes, total_size_bytes, max_size_bytes, max_item_size_bytes, items_added_total, items_evicted_total,
// items_overflowed_total
struct MemoryCacheMetrics {
  MemoryCacheMetrics(MetricsRegistry& registry, const std::string& prefix, const MetricLabels& labels = {});
  Counter& added;
  Counter& evicted;
  Counter& overflowed;
  Gauge& items;
  Gauge& value_bytes;
  Gauge& total_bytes;
  Gauge& bytes_max;
  Gauge& item_bytes_max;
};

class MemoryCache : public ByteCache, private MemoryReclaimer {
 public:
  MemoryCache(MemoryCacheOptions options, MemoryCacheMetrics metrics, Clock& clock = SystemClock());
  ~MemoryCache() override;

  std::vector<Blob> Get(const Context& ctx, std::span<const std::string> keys) override;
  void Put(const std::string& key, const Blob& value, std::chrono::milliseconds ttl) override;

  int64_t held_bytes() const { return held_bytes_.load(std::memory_order_relaxed); }

 private:
  int64_t reclaimable_bytes() const override { return held_bytes(); }
  int64_t Reclaim(int64_t bytes) override;

  static constexpr size_t kShards = 32;

  struct Entry {
    std::string key;
    Blob value;
    TimestampMs expires;
    Entry* newer = nullptr;
    Entry* older = nullptr;
  };
  struct Shard {
    Mutex mutex;
    absl::flat_hash_map<std::string_view, std::unique_ptr<Entry>> entries ABSL_GUARDED_BY(mutex);  // by Entry::key
    Entry* newest ABSL_GUARDED_BY(mutex) = nullptr;
    Entry* oldest ABSL_GUARDED_BY(mutex) = nullptr;
  };
  static int64_t BytesOf(const Entry& entry);
  static size_t ShardOf(std::string_view key);
  static void PushNewest(Shard& shard, Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  static void Unlink(Shard& shard, Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  void Remove(Shard& shard, Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  int64_t EvictOldest(Shard& shard);  // its bytes; 0 if the shard is empty
  void Forget(const std::string& key);
  Blob Find(Shard& shard, std::string_view key, TimestampMs now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  // Makes room for `bytes`, from `shard` first; false when there is none to make.
  bool Reserve(int64_t bytes, size_t shard);

  const MemoryCacheOptions options_;
  const MemoryCacheMetrics metrics_;
  Clock& clock_;
  std::vector<Shard> shards_{kShards};
  std::atomic<int64_t> held_bytes_ = 0;
  std::atomic<size_t> next_to_shrink_ = 0;
};

}  // namespace varve
