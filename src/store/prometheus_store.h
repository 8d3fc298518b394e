// A Prometheus over the StoreAPI: what a sidecar serves. Chunks come by remote read, labels by the HTTP API.
//
// Shape    streamed chunks where Prometheus offers them, else samples, encoded again. An answer is read to its end before it is
// handed on,
//          since the external labels change the order.
// Errors   as prometheus_client.h and remote_read.h; ResourceExhausted for the limits, in Thanos' words.
// Threads  as StoreApi says. The client outlives the store.
// Source   thanos pkg/store/prometheus.go.
#pragma once

#include <functional>
#include <memory>

#include "runtime/metrics.h"
#include "store/prometheus_client.h"
#include "store/store_api.h"

namespace varve {

struct PrometheusStoreOptions {
  std::string component = "sidecar";
  // What the heartbeat knows now: external labels, and from when on there is data. Prometheus is not asked about earlier times.
  std::function<Labels()> external_labels;
  std::function<QueryRange()> range;
  uint64_t series_limit = 0;   // of a Series call; 0: none
  uint64_t samples_limit = 0;  // likewise; counted as chunks of 120
};

std::unique_ptr<StoreApi> NewPrometheusStore(PrometheusClient& client, MetricsRegistry& registry, PrometheusStoreOptions options);

}  // namespace varve
