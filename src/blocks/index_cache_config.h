// Thanos' YAML of the index cache.
//
//   type: IN-MEMORY                       # and the backend's own config: objstore/cache/cache_config.h
//   config: {max_size: 250MB}
//   enabled_items: [Postings, Series, ExpandedPostings]     # all, if absent
//   ttl: 24h                              # of remote caches
//
// Errors   InvalidArgument with line and key.
// Source   thanos pkg/store/cache/factory.go.
#pragma once

#include <absl/status/statusor.h>

#include <string_view>

#include "blocks/index_cache.h"
#include "objstore/cache/cache_config.h"

namespace varve {

struct IndexCacheConfig {
  CacheConfig cache;
  IndexCacheOptions options;
};

absl::StatusOr<IndexCacheConfig> ParseIndexCacheConfig(std::string_view yaml);

}  // namespace varve
