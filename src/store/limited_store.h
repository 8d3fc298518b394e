// A store whose Series answers end with an error when they grow beyond a limit.
//
//   thanos_store_selects_dropped_total{reason="series"|"chunks"}
//
// Units    samples count as 120 a chunk.
// Errors   ResourceExhausted, an own limit (store_api.h): partial responses do not hide it.
// Threads  as StoreApi says. Store and registry outlive the result.
// Source   thanos pkg/store/limiter.go, NewLimitedStoreServer.
#pragma once

#include <cstdint>
#include <memory>

#include "runtime/metrics.h"
#include "store/store_api.h"

namespace varve {

struct SelectLimits {
  uint64_t series = 0;   // of a Series call; 0: none
  uint64_t samples = 0;  // likewise
};

std::unique_ptr<StoreApi> NewLimitedStore(std::unique_ptr<StoreApi> store, MetricsRegistry& registry, SelectLimits limits);

}  // namespace varve
