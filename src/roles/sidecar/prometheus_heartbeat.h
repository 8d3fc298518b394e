// What a sidecar knows of its Prometheus, kept fresh: whether it answers, its external labels, and since when it has data.
//
// Shape    Wait asks until Prometheus has answered everything once, with flags that allow shipping if blocks are to be shipped; then
//          Beat asks again at each interval.
// Errors   FailedPrecondition for a Prometheus that will never do: without external labels.
// Threads  Wait and Beat from one thread; labels() and range() from any.
// Source   thanos cmd/thanos/sidecar.go.
#pragma once

#include "base/mutex.h"
#include "model/labels.h"
#include "roles/role.h"
#include "roles/sidecar/sidecar_config.h"
#include "store/prometheus_client.h"

namespace varve {

class PrometheusHeartbeat {
 public:
  // All of it outlives the heartbeat.
  PrometheusHeartbeat(PrometheusClient& client, const SidecarConfig& config, Process& process);

  // Returns when Prometheus has shown all that is needed, or the context ends.
  absl::Status Wait(const Context& ctx);
  // Asks for labels and times again; thanos_sidecar_prometheus_up says how it went.
  absl::Status Beat(const Context& ctx);

  Labels labels() const;
  QueryRange range() const;  // from the first sample on

 private:
  absl::Status CheckFlags(const Context& ctx);
  absl::Status Update(const Context& ctx);
  // Calls `ask` with the timeout of one request until it succeeds.
  template <typename Ask>
  absl::Status Insist(const Context& ctx, std::string_view failure, const Ask& ask);

  PrometheusClient& client_;
  const SidecarConfig& config_;
  Process& process_;
  Gauge& up_;
  mutable Mutex mutex_;
  Labels labels_ ABSL_GUARDED_BY(mutex_);
  TimestampMs lowest_ ABSL_GUARDED_BY(mutex_) = kMinTimestamp;
};

}  // namespace varve
