// gRPC's credentials from names of PEM files. Changed files are noticed within a minute.
// Includes gRPC: for grpc_server.cc and grpc_client.cc only.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <optional>

#include "net/tls_config.h"

namespace varve {

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const TlsServerConfig& config);
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(const std::optional<TlsClientConfig>& config);

}  // namespace varve
