// Whether a role is alive and whether it can be used, told to everyone who asks: HTTP probes, the gRPC health service, metrics.
//
//   Probe probe("store", registry, log);
//   probe.SetHealthy();
//   probe.OnReadyChange([&](bool ready) { grpc_server.SetServing(ready); });
//   probe.SetReady();
//
// Shape    both are false at first. thanos_status{component,check="ready"|"healthy"} mirrors them.
// Threads  share freely.
// Source   thanos pkg/prober.
#pragma once

#include <absl/status/status.h>

#include <functional>
#include <string>

#include "base/mutex.h"
#include "net/http_router.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

namespace varve {

class Probe {
 public:
  Probe(const std::string& component, MetricsRegistry& registry, Logger log);

  void SetHealthy();
  void SetNotHealthy(const absl::Status& reason);
  void SetReady();
  void SetNotReady(const absl::Status& reason);
  bool healthy() const;
  bool ready() const;

  // Calls `listener` at once and at every change, one call at a time. It must not call back.
  void OnReadyChange(std::function<void(bool ready)> listener);

 private:
  void Tell(bool ready) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Logger log_;
  Gauge& healthy_gauge_;
  Gauge& ready_gauge_;
  mutable Mutex mutex_;
  bool healthy_ ABSL_GUARDED_BY(mutex_) = false;
  bool ready_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::function<void(bool)>> listeners_ ABSL_GUARDED_BY(mutex_);
};

// What every role answers over HTTP, whatever it is busy with: /-/healthy, /-/ready and /metrics. `probe` and `registry` outlive the router.
void AddRoleEndpoints(HttpRouter& router, const Probe& probe, const MetricsRegistry& registry);

}  // namespace varve
