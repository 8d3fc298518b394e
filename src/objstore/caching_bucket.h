// Answers from a cache what has been asked of a bucket before.
//
//   chunk segments    ranges, in pieces of one size; their attributes     block files never change
//   metas and marks   content; whether they are there                     as old as the times to live say
//   the root          its listing                                         likewise
//
// Shape    a read of a segment is cut into aligned pieces. Those the cache does not have are read in as few requests as allowed, gaps
//          along with them, and kept. Everything else goes to the bucket as it is, and so does all where the bucket maps its objects.
// Errors   those of the bucket. A cache gives none (byte_cache.h).
// Threads  as the bucket and the cache inside.
// Source   thanos pkg/store/cache/caching_bucket.go.
#pragma once

#include <chrono>
#include <memory>

#include "objstore/bucket.h"
#include "objstore/cache/byte_cache.h"
#include "runtime/executor.h"
#include "runtime/metrics.h"

namespace varve {

struct CachingBucketOptions {
  uint64_t chunk_subrange_bytes = 16'000;
  size_t chunk_requests_max = 3;  // for one read; 0: as many as there are gaps
  uint64_t metafile_bytes_max = 1 << 20;
  std::chrono::milliseconds chunk_attributes_ttl = std::chrono::hours(24);
  std::chrono::milliseconds chunk_subrange_ttl = std::chrono::hours(24);
  std::chrono::milliseconds blocks_iter_ttl = std::chrono::minutes(5);
  std::chrono::milliseconds metafile_exists_ttl = std::chrono::hours(2);
  std::chrono::milliseconds metafile_doesnt_exist_ttl = std::chrono::minutes(15);
  std::chrono::milliseconds metafile_content_ttl = std::chrono::hours(24);
};

// thanos_store_bucket_cache_operation_requests_total{operation,config}, _operation_hits_total, _getrange_requested_bytes_total,
// _getrange_fetched_bytes_total, _getrange_refetched_bytes_total. `executor` runs reads side by side; it and the registry outlive the
// bucket.
std::unique_ptr<Bucket> NewCachingBucket(std::unique_ptr<Bucket> inner, std::unique_ptr<ByteCache> cache,
                                         CachingBucketOptions options, Executor& executor, MetricsRegistry& registry);

}  // namespace varve
