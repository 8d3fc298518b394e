// `varve store`: serves the blocks of a bucket over the StoreAPI.
//
// Shape    HTTP answers at once; gRPC listens, and the probe says ready, after the first synchronisation with the bucket. When that
//          fails for good the process ends.
#pragma once

#include <memory>

#include "api/blocks_handlers.h"
#include "roles/role.h"
#include "roles/role_server.h"
#include "roles/store/bucket_gateway.h"
#include "roles/store/store_config.h"
#include "store/grpc_store_server.h"

namespace varve {

class StoreRole : public Role {
 public:
  StoreRole(StoreConfig config, Process& process);
  ~StoreRole() override { Stop().IgnoreError(); }
  absl::Status Start() override;
  absl::Status Stop() override;
  RoleServer& server() { return server_; }

 private:
  absl::StatusOr<EndpointInfo> Info();
  void ServeBlocks();  // /api/v1/blocks

  const StoreConfig config_;
  Process& process_;
  Executor executor_;
  BucketGateway gateway_;
  std::unique_ptr<BlocksHandlers> blocks_;
  RoleServer server_;
  std::unique_ptr<GrpcStoreService> store_service_;
  GrpcInfoService info_service_;
};

}  // namespace varve
