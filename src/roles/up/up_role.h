// `varve up`: store and query in one process over a bucket, wired without gRPC between them. The same bucket can be served by the
// separate roles later; nothing is migrated.
#pragma once

#include <memory>

#include "roles/query/query_front.h"
#include "roles/role.h"
#include "roles/role_server.h"
#include "roles/store/bucket_gateway.h"
#include "store/grpc_store_server.h"

namespace varve {

struct UpConfig {
  ServerFlags server;
  BucketFlags bucket;
  QueryEngineFlags engine;
  WebFlags web;
  QueryApiConfig api;
  std::string bucket_directory = "./bucket";  // used when no --objstore.config is given
};

void AddFlags(CommandLine& flags, UpConfig& config);

class UpRole : public Role {
 public:
  UpRole(UpConfig config, Process& process);
  ~UpRole() override { Stop().IgnoreError(); }
  absl::Status Start() override;
  absl::Status Stop() override;
  RoleServer& server() { return server_; }

 private:
  absl::StatusOr<EndpointInfo> Info();

  const UpConfig config_;
  Process& process_;
  Executor executor_;
  BucketGateway gateway_;
  std::unique_ptr<StoreApi> store_;  // the fan-out over the one store, which adds what a querier adds: merging, limits, warnings
  std::unique_ptr<QueryFront> front_;
  RoleServer server_;
  std::unique_ptr<GrpcStoreService> store_service_;
  GrpcInfoService info_service_;
};

}  // namespace varve
