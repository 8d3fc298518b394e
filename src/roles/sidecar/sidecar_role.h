// `varve sidecar`: stands beside a Prometheus, serves its recent data over the StoreAPI, what else it knows (rules, targets,
// metadata, exemplars, statistics) over their APIs, and ships its blocks to a bucket.
//
// Shape    HTTP answers at once. gRPC listens when Prometheus has shown its external labels; from then on the probe says whether the
//          last heartbeat went well. Blocks are shipped every thirty seconds.
#pragma once

#include <memory>
#include <optional>

#include "blocks/shipper.h"
#include "net/http_client.h"
#include "objstore/bucket.h"
#include "roles/role.h"
#include "roles/role_server.h"
#include "roles/sidecar/prometheus_heartbeat.h"
#include "roles/sidecar/sidecar_config.h"
#include "runtime/periodic_task.h"
#include "store/fleet_apis.h"
#include "store/grpc_store_server.h"
#include "store/prometheus_store.h"

namespace varve {

class SidecarRole : public Role {
 public:
  SidecarRole(SidecarConfig config, Process& process);
  ~SidecarRole() override { Stop().IgnoreError(); }
  absl::Status Start() override;
  absl::Status Stop() override;
  RoleServer& server() { return server_; }

 private:
  absl::Status PrepareShipper();
  void HeartbeatRound(const Context& ctx);
  void ShipRound(const Context& ctx);
  absl::StatusOr<EndpointInfo> Info();

  const SidecarConfig config_;
  Process& process_;
  Executor executor_;
  std::unique_ptr<HttpClient> http_;
  std::unique_ptr<PrometheusClient> client_;
  std::unique_ptr<PrometheusHeartbeat> heartbeat_;
  std::unique_ptr<StoreApi> store_;
  std::optional<FleetApis> fleet_;
  std::unique_ptr<FleetServices> fleet_services_;
  std::unique_ptr<Bucket> bucket_;    // null: nothing is shipped
  std::unique_ptr<Shipper> shipper_;  // likewise
  RoleServer server_;
  std::unique_ptr<GrpcStoreService> store_service_;
  GrpcInfoService info_service_;
  bool serving_ = false;         // of the heartbeat's thread
  bool tsdb_looked_at_ = false;  // of the shipper's thread, once Prometheus has answered and so made its folders
  Context::Clock::time_point labels_until_;
  std::unique_ptr<PeriodicTask> beats_, shipments_;
};

}  // namespace varve
