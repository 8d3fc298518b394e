// Thanos' YAML of the caching bucket.
//
//   type: MEMCACHED                       # and the backend's own config: objstore/cache/cache_config.h
//   config: {addresses: [...]}
//   chunk_subrange_size: 16000
//   max_chunks_get_range_requests: 3
//   chunk_object_attrs_ttl: 24h
//   chunk_subrange_ttl: 24h
//   blocks_iter_ttl: 5m
//   metafile_exists_ttl: 2h
//   metafile_doesnt_exist_ttl: 15m
//   metafile_content_ttl: 24h
//   metafile_max_size: 1MiB
//
// Errors   InvalidArgument with line and key.
// Source   thanos pkg/store/cache/caching_bucket_factory.go.
#pragma once

#include <absl/status/statusor.h>

#include <string_view>

#include "objstore/cache/cache_config.h"
#include "objstore/caching_bucket.h"

namespace varve {

struct CachingBucketConfig {
  CacheConfig cache;
  CachingBucketOptions options;
};

absl::StatusOr<CachingBucketConfig> ParseCachingBucketConfig(std::string_view yaml);

}  // namespace varve
