// `varve query`: one PromQL view over many StoreAPIs.
//
// Shape    ready when every endpoint known at the start was asked once; asking has a timeout. Endpoints come and go with DNS and
//          files. Everything it can be asked over HTTP it serves over gRPC too, so that queriers can be stacked.
#pragma once

#include <memory>
#include <optional>

#include "api/fleet_view.h"
#include "roles/query/query_config.h"
#include "roles/query/query_endpoints.h"
#include "roles/query/query_front.h"
#include "roles/role.h"
#include "roles/role_server.h"
#include "store/fleet_apis.h"
#include "store/grpc_store_server.h"

namespace varve {

class QueryRole : public Role {
 public:
  QueryRole(QueryConfig config, Process& process);
  ~QueryRole() override { Stop().IgnoreError(); }
  absl::Status Start() override;
  absl::Status Stop() override;
  RoleServer& server() { return server_; }

 private:
  absl::StatusOr<EndpointInfo> Info();

  const QueryConfig config_;
  Process& process_;
  Executor executor_;
  QueryEndpoints endpoints_;
  std::unique_ptr<StoreApi> store_;
  std::optional<FleetApis> fleet_;
  std::unique_ptr<FleetView> fleet_view_;
  std::unique_ptr<FleetServices> fleet_services_;
  std::unique_ptr<QueryFront> front_;
  RoleServer server_;
  std::unique_ptr<GrpcStoreService> store_service_;
  GrpcInfoService info_service_;
};

}  // namespace varve
