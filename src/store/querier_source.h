// What PromQL reads when it reads from stores: a SeriesSource over a StoreAPI, usually the fan-out.
//
// Shape    one source a query, since its options are the query's: de-duplication, partial answers, resolution, endpoints. Select
//          asks for the aggregates and the resolution that suit the function around a selector, and streams; a series decodes
//          and de-duplicates its chunks when it is read. Data of several resolutions make one series (mixed_units.h): functions
//          with an aggregate of their own are computed of aggregates (window_values.h), the others see samples
//          (spread_windows.h).
// Errors   those of the store; DataLoss when a chunk does not decode.
// Threads  as SeriesSource says. The store outlives the source and all of its sets and series.
// Source   thanos pkg/query/querier.go.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "storage/dedup.h"
#include "storage/series_source.h"
#include "store/store_api.h"

namespace varve {

struct QuerierOptions {
  bool deduplicate = true;
  std::vector<std::string> replica_labels;  // without any there is nothing to de-duplicate by
  DedupAlgorithm dedup_algorithm = DedupAlgorithm::kPenalty;
  PartialResponse partial_response = PartialResponse::kWarn;
  int64_t max_resolution_ms = 0;       // the coarsest that is as good as raw data; 0: only those are
  int64_t fallback_resolution_ms = 0;  // the coarsest to take where there is nothing finer, if that is more
  bool skip_chunks = false;
  ShardInfo shard;
  std::vector<Matchers> endpoint_matchers;  // storeMatch[]
  std::string tenant;
  uint32_t batch_size = 64;
  SeriesObserver* observer = nullptr;  // may be null; outlives the source's sets
};

std::unique_ptr<SeriesSource> NewQuerierSource(StoreApi& store, QuerierOptions options);

}  // namespace varve
