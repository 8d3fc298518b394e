// Where a request's series come from: one source a request, made to the request's own wishes.
//
// Threads  share freely.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/matcher.h"
#include "storage/series_source.h"
#include "store/store_api.h"

namespace varve {

// What the parameters of a request ask of the source. A source that is one local TSDB has no use for most of them.
struct SourceOptions {
  bool deduplicate = true;                  // dedup
  std::vector<std::string> replica_labels;  // replicaLabels[]
  int64_t max_source_resolution_ms = 0;     // max_source_resolution; 0: only raw data are good enough
  int64_t fallback_resolution_ms = 0;       // the coarsest to take where there is nothing finer
  std::vector<Matchers> store_matchers;     // storeMatch[]
  bool partial_response = true;             // partial_response
  bool skip_chunks = false;                 // nobody will read samples
  ShardInfo shard;                          // shard_info
  std::string tenant;
  SeriesObserver* observer = nullptr;  // outlives the source's sets
};

class SourceFactory {
 public:
  virtual ~SourceFactory() = default;
  virtual std::unique_ptr<SeriesSource> Open(const SourceOptions& options) = 0;
};

}  // namespace varve
