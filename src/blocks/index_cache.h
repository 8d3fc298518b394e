// What queries have read of the indexes of blocks, kept for the next ones: postings lists, the outcome of whole selections, series
// entries.
//
//   P  one postings list, as it lies in the index                  <block>:P:<offset of the list>
//   E  the series that a set of matchers selects in a block        <block>:E:<matchers, sorted>
//   S  one series entry with its length and checksum               <block>:S:<series ref>
//
// Shape    a block never changes, so nothing here is ever out of date. The lists and entries carry the checksums of the index and
//          are checked where they are used; expanded postings are checked here.
// Errors   none: what is damaged or missing is read from the bucket.
// Threads  share freely.
// Source   thanos pkg/store/cache (items, metrics). The keys and values in memcached and Redis are our own: docs/formats/cache_record.md.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ulid.h"
#include "model/matcher.h"
#include "objstore/cache/byte_cache.h"
#include "runtime/metrics.h"
#include "tsdb/postings.h"

namespace varve {

struct IndexCacheOptions {
  bool postings = true, expanded_postings = true, series = true;  // what is kept at all
  std::chrono::milliseconds ttl = std::chrono::hours(24);
};

class IndexCache {
 public:
  // thanos_store_index_cache_requests_total{item_type}, thanos_store_index_cache_hits_total{item_type}
  IndexCache(std::unique_ptr<ByteCache> cache, IndexCacheOptions options, MetricsRegistry& registry);

  // Of the lists that begin at `offsets`; empty where there is none.
  std::vector<Blob> GetPostings(const Context& ctx, Ulid block, std::span<const uint64_t> offsets);
  void PutPostings(Ulid block, uint64_t offset, Bytes list);

  std::optional<Postings> GetExpanded(const Context& ctx, Ulid block, const Matchers& matchers);
  void PutExpanded(Ulid block, const Matchers& matchers, const Postings& refs);

  std::vector<Blob> GetSeries(const Context& ctx, Ulid block, std::span<const SeriesRef> refs);
  void PutSeries(Ulid block, SeriesRef ref, Bytes record);

 private:
  struct Item {
    bool enabled;
    Counter& requests;
    Counter& hits;
  };
  static Item MakeItem(MetricsRegistry& registry, bool enabled, const std::string& type);
  std::vector<Blob> Get(const Context& ctx, const Item& item, std::span<const std::string> keys);

  const std::unique_ptr<ByteCache> cache_;
  const std::chrono::milliseconds ttl_;
  const Item postings_, expanded_, series_;
};

// Refs as their distances in uvarints, behind their count. Exposed for fuzzing.
ByteBuffer EncodeExpandedPostings(const Postings& refs);
std::optional<Postings> DecodeExpandedPostings(Bytes bytes);  // nothing unless the refs strictly increase to the last byte

}  // namespace varve
