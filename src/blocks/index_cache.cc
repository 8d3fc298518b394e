#include "blocks/index_cache.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "runtime/bucket_usage.h"

namespace varve {
namespace {

std::string NumberKey(Ulid block, char item, uint64_t number) { return fmt::format("{}:{}:{}", block, item, number); }

// Equal for equal sets of matchers, whatever their order.
std::string ExpandedKey(Ulid block, const Matchers& matchers) {
  std::vector<std::string> texts;
  for (const Matcher& matcher : matchers) texts.push_back(ToString({matcher}));
  std::sort(texts.begin(), texts.end());
  return fmt::format("{}:E:{}", block, fmt::join(texts, ";"));
}

}  // namespace

ByteBuffer EncodeExpandedPostings(const Postings& refs) {
  ByteWriter writer;
  writer.Uvarint(refs.size());
  SeriesRef last = 0;
  for (const SeriesRef ref : refs) writer.Uvarint(ref - std::exchange(last, ref));
  return writer.Release();
}

std::optional<Postings> DecodeExpandedPostings(Bytes bytes) {
  ByteReader reader(bytes);
  const uint64_t count = reader.Uvarint();
  if (!reader.ok() || count > reader.remaining()) return std::nullopt;  // a distance takes at least a byte
  Postings refs;
  refs.reserve(count);
  uint64_t ref = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t distance = reader.Uvarint();
    if ((distance == 0 && i > 0) || distance > UINT32_MAX - ref) return std::nullopt;
    ref += distance;
    refs.push_back(static_cast<SeriesRef>(ref));
  }
  if (!reader.ok() || !reader.empty()) return std::nullopt;
  return refs;
}

IndexCache::Item IndexCache::MakeItem(MetricsRegistry& registry, bool enabled, const std::string& type) {
  return {.enabled = enabled,
          .requests = NewCounter(registry, "thanos_store_index_cache_requests_total",
                                 "Total number of items requests to the cache.", {{"item_type", type}}),
          .hits = NewCounter(registry, "thanos_store_index_cache_hits_total",
                             "Total number of items requests to the cache that were a hit.", {{"item_type", type}})};
}

IndexCache::IndexCache(std::unique_ptr<ByteCache> cache, IndexCacheOptions options, MetricsRegistry& registry)
    : cache_(std::move(cache)),
      ttl_(options.ttl),
      postings_(MakeItem(registry, options.postings, "Postings")),
      expanded_(MakeItem(registry, options.expanded_postings, "ExpandedPostings")),
      series_(MakeItem(registry, options.series, "Series")) {}

std::vector<Blob> IndexCache::Get(const Context& ctx, const Item& item, std::span<const std::string> keys) {
  std::vector<Blob> found = cache_->Get(ctx, keys);
  uint64_t hits = 0, bytes = 0;
  for (const Blob& blob : found) {
    hits += blob.empty() ? 0 : 1;
    bytes += blob.size();
  }
  item.requests.Increment(static_cast<double>(keys.size()));
  item.hits.Increment(static_cast<double>(hits));
  if (ctx.usage() != nullptr) {
    ctx.usage()->AddCacheHits(hits, bytes);
    ctx.usage()->AddCacheMisses(keys.size() - hits);
  }
  return found;
}

std::vector<Blob> IndexCache::GetPostings(const Context& ctx, Ulid block, std::span<const uint64_t> offsets) {
  if (!postings_.enabled) return std::vector<Blob>(offsets.size());
  std::vector<std::string> keys;
  keys.reserve(offsets.size());
  for (const uint64_t offset : offsets) keys.push_back(NumberKey(block, 'P', offset));
  return Get(ctx, postings_, keys);
}

void IndexCache::PutPostings(Ulid block, uint64_t offset, Bytes list) {
  if (postings_.enabled) cache_->Put(NumberKey(block, 'P', offset), Blob::Copy(list), ttl_);
}

std::optional<Postings> IndexCache::GetExpanded(const Context& ctx, Ulid block, const Matchers& matchers) {
  if (!expanded_.enabled) return std::nullopt;
  const std::string key = ExpandedKey(block, matchers);
  const Blob found = std::move(Get(ctx, expanded_, {&key, 1}).front());
  if (found.empty()) return std::nullopt;
  return DecodeExpandedPostings(found.bytes());
}

void IndexCache::PutExpanded(Ulid block, const Matchers& matchers, const Postings& refs) {
  if (expanded_.enabled) cache_->Put(ExpandedKey(block, matchers), Blob::Copy(EncodeExpandedPostings(refs)), ttl_);
}

std::vector<Blob> IndexCache::GetSeries(const Context& ctx, Ulid block, std::span<const SeriesRef> refs) {
  if (!series_.enabled) return std::vector<Blob>(refs.size());
  std::vector<std::string> keys;
  keys.reserve(refs.size());
  for (const SeriesRef ref : refs) keys.push_back(NumberKey(block, 'S', ref));
  return Get(ctx, series_, keys);
}

void IndexCache::PutSeries(Ulid block, SeriesRef ref, Bytes record) {
  if (series_.enabled) cache_->Put(NumberKey(block, 'S', ref), Blob::Copy(record), ttl_);
}

}  // namespace varve
