// `varve query`: one PromQL view over many StoreAPIs.
//
// Shape    ready when every endpoint known at the start was asked once; asking has a timeout. Endpoints come and go with DNS and
//          files.
#pragma once

#include <memory>
#include <vector>

#include "discovery/dns_resolver.h"
#include "net/grpc_metrics.h"
#include "roles/query/query_config.h"
#include "roles/query/query_front.h"
#include "roles/role.h"
#include "roles/role_server.h"
#include "runtime/periodic_task.h"
#include "store/endpoint_provider.h"
#include "store/endpoint_set.h"
#include "store/grpc_store_server.h"

namespace varve {

class QueryRole : public Role, private EndpointStatusProvider {
 public:
  QueryRole(QueryConfig config, Process& process);
  ~QueryRole() override { Stop().IgnoreError(); }
  absl::Status Start() override;
  absl::Status Stop() override;

 private:
  absl::Status PrepareEndpoints();
  absl::StatusOr<EndpointInfo> Info();
  std::vector<EndpointStatus> Endpoints() const override;

  const QueryConfig config_;
  Process& process_;
  Executor executor_;
  GrpcMetrics client_metrics_;
  std::unique_ptr<DnsResolver> resolver_;
  std::unique_ptr<EndpointProvider> provider_;
  std::unique_ptr<EndpointSet> endpoints_;
  std::unique_ptr<StoreApi> store_;
  std::unique_ptr<QueryFront> front_;
  RoleServer server_;
  std::unique_ptr<GrpcStoreService> store_service_;
  GrpcInfoService info_service_;
  std::vector<std::unique_ptr<PeriodicTask>> tasks_;
};

}  // namespace varve
