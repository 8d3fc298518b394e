#include "objstore/cache/memory_cache.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/hash.h"

namespace varve {
namespace {

constexpr int64_t kEntryOverheadBytes = 192;  // the entry, its place in the map, the control block of its value

}  // namespace

MemoryCacheMetrics::MemoryCacheMetrics(MetricsRegistry& registry, const std::string& prefix, const MetricLabels& labels)
    : added(NewCounter(registry, prefix + "items_added_total", "Total number of items that were added to the cache.", labels)),
      evicted(NewCounter(registry, prefix + "items_evicted_total", "Total number of items that were evicted from the cache.",
                         labels)),
      overflowed(NewCounter(registry, prefix + "items_overflowed_total",
                            "Total number of items that could not be added to the cache due to being too big, or for lack of "
                            "memory.",
                            labels)),
      items(NewGauge(registry, prefix + "items", "Current number of items in the cache.", labels)),
      value_bytes(NewGauge(registry, prefix + "items_size_bytes", "Current byte size of items in the cache.", labels)),
      total_bytes(NewGauge(registry, prefix + "total_size_bytes",
                           "Current byte size of items in the cache, with their keys and bookkeeping.", labels)),
      bytes_max(NewGauge(registry, prefix + "max_size_bytes", "Maximum number of bytes to be held in the cache.", labels)),
      item_bytes_max(NewGauge(registry, prefix + "max_item_size_bytes",
                              "Maximum number of bytes for a single item to be held in the cache.", labels)) {}

MemoryCache::MemoryCache(MemoryCacheOptions options, MemoryCacheMetrics metrics, Clock& clock)
    : options_(options), metrics_(metrics), clock_(clock) {
  metrics_.bytes_max.Set(static_cast<double>(options_.bytes_max));
  metrics_.item_bytes_max.Set(static_cast<double>(options_.item_bytes_max));
  if (options_.budget != nullptr) options_.budget->AddReclaimer(this);
}

MemoryCache::~MemoryCache() {
  if (options_.budget == nullptr) return;
  options_.budget->RemoveReclaimer(this);
  options_.budget->Release(held_bytes_);
}

int64_t MemoryCache::BytesOf(const Entry& entry) {
  return static_cast<int64_t>(entry.key.size() + entry.value.size()) + kEntryOverheadBytes;
}

size_t MemoryCache::ShardOf(std::string_view key) { return XxHash64(key) % kShards; }

void MemoryCache::PushNewest(Shard& shard, Entry& entry) {
  entry.newer = nullptr;
  entry.older = shard.newest;
  (shard.newest != nullptr ? shard.newest->newer : shard.oldest) = &entry;
  shard.newest = &entry;
}

void MemoryCache::Unlink(Shard& shard, Entry& entry) {
  (entry.newer != nullptr ? entry.newer->older : shard.newest) = entry.older;
  (entry.older != nullptr ? entry.older->newer : shard.oldest) = entry.newer;
}

void MemoryCache::Remove(Shard& shard, Entry& entry) {
  const int64_t bytes = BytesOf(entry);
  metrics_.items.Decrement();
  metrics_.value_bytes.Decrement(static_cast<double>(entry.value.size()));
  metrics_.total_bytes.Decrement(static_cast<double>(bytes));
  Unlink(shard, entry);
  const auto found = shard.entries.find(entry.key);
  const std::unique_ptr<Entry> removed = std::move(found->second);  // the map's key is in it
  shard.entries.erase(found);
  held_bytes_ -= bytes;
  if (options_.budget != nullptr) options_.budget->Release(bytes);
}

int64_t MemoryCache::EvictOldest(Shard& shard) {
  MutexLock lock(shard.mutex);
  if (shard.oldest == nullptr) return 0;
  const int64_t bytes = BytesOf(*shard.oldest);
  Remove(shard, *shard.oldest);
  metrics_.evicted.Increment();
  return bytes;
}

int64_t MemoryCache::Reclaim(int64_t bytes) {
  int64_t reclaimed = 0;  // by this call, whatever others add meanwhile
  for (size_t empty = 0; reclaimed < bytes && empty < kShards;) {
    const int64_t evicted = EvictOldest(shards_[next_to_shrink_++ % kShards]);
    reclaimed += evicted;
    empty = evicted > 0 ? 0 : empty + 1;
  }
  return reclaimed;
}

Blob MemoryCache::Find(Shard& shard, std::string_view key, TimestampMs now) {
  const auto found = shard.entries.find(key);
  if (found == shard.entries.end()) return Blob();
  Entry& entry = *found->second;
  if (entry.expires <= now) {
    Remove(shard, entry);
    return Blob();
  }
  if (shard.newest != &entry) {
    Unlink(shard, entry);
    PushNewest(shard, entry);
  }
  return entry.value;
}

std::vector<Blob> MemoryCache::Get(const Context&, std::span<const std::string> keys) {
  const TimestampMs now = clock_.NowMs();
  std::vector<Blob> found(keys.size());
  // Keys by shard, by counting: places[begin[s]] up to places[begin[s + 1]] are those of shard s.
  std::vector<uint8_t> shard_of(keys.size());
  std::array<size_t, kShards + 1> begin{};
  for (size_t i = 0; i < keys.size(); ++i) {
    shard_of[i] = static_cast<uint8_t>(ShardOf(keys[i]));
    ++begin[shard_of[i] + 1u];
  }
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  std::vector<uint32_t> places(keys.size());
  std::array<size_t, kShards> next{};
  std::copy_n(begin.begin(), kShards, next.begin());
  for (size_t i = 0; i < keys.size(); ++i) places[next[shard_of[i]]++] = static_cast<uint32_t>(i);
  for (size_t s = 0; s < kShards; ++s) {
    if (begin[s] == begin[s + 1]) continue;
    MutexLock lock(shards_[s].mutex);
    for (size_t i = begin[s]; i < begin[s + 1]; ++i) found[places[i]] = Find(shards_[s], keys[places[i]], now);
  }
  return found;
}

bool MemoryCache::Reserve(int64_t bytes, size_t shard) {
  const int64_t bytes_max = static_cast<int64_t>(options_.bytes_max);
  held_bytes_ += bytes;
  while (held_bytes_ > bytes_max || (options_.budget != nullptr && !options_.budget->TryReserve(bytes))) {
    bool evicted = false;  // from this shard if it has any, else from the next one that has
    for (size_t i = 0; i < kShards && !evicted; ++i) evicted = EvictOldest(shards_[(shard + i) % kShards]) > 0;
    if (evicted) continue;
    held_bytes_ -= bytes;
    return false;
  }
  return true;
}

void MemoryCache::Forget(const std::string& key) {
  Shard& shard = shards_[ShardOf(key)];
  MutexLock lock(shard.mutex);
  if (const auto found = shard.entries.find(key); found != shard.entries.end()) Remove(shard, *found->second);
}

void MemoryCache::Put(const std::string& key, const Blob& value, std::chrono::milliseconds ttl) {
  if (value.empty() || ttl.count() <= 0) return Forget(key);
  auto entry = std::make_unique<Entry>(Entry{.key = key, .value = value, .expires = clock_.NowMs() + ttl.count()});
  const int64_t bytes = BytesOf(*entry);
  const size_t shard_number = ShardOf(key);
  if (value.size() > options_.item_bytes_max || !Reserve(bytes, shard_number)) {
    metrics_.overflowed.Increment();
    return;
  }
  metrics_.added.Increment();
  metrics_.items.Increment();
  metrics_.value_bytes.Increment(static_cast<double>(value.size()));
  metrics_.total_bytes.Increment(static_cast<double>(bytes));
  Shard& shard = shards_[shard_number];
  MutexLock lock(shard.mutex);
  if (const auto before = shard.entries.find(key); before != shard.entries.end()) Remove(shard, *before->second);
  PushNewest(shard, *entry);
  const std::string_view stored_key = entry->key;
  shard.entries.emplace(stored_key, std::move(entry));
}

}  // namespace varve
