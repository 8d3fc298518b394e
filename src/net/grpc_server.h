// A gRPC server as every role of Thanos has it: any message size, pings as Go clients send them, health and reflection, metrics.
//
//   VARVE_ASSIGN_OR_RETURN(auto server, GrpcServer::Start({.address = "0.0.0.0:10901"}, {&store_service, &info_service}, metrics));
//   server->SetServing(true);               // the health service said NOT_SERVING until now
//   server->Stop(std::chrono::minutes(2));
//
// Shape    grpc.health.v1.Health knows the service "" alone. Clients may ping every ten seconds, also between calls.
// Errors   Start: InvalidArgument for a bad address or TLS file, Unavailable when the address cannot be bound.
// Threads  SetServing and Stop from any thread. Services and metrics outlive the server.
// Source   thanos pkg/server/grpc/grpc.go.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "net/grpc_metrics.h"
#include "net/tls_config.h"

namespace grpc {
class Service;
}

namespace varve {

struct GrpcServerOptions {
  std::string address = "0.0.0.0:10901";  // port 0: any free one
  TlsServerConfig tls;
  std::chrono::milliseconds connection_age_max{std::chrono::minutes(60)};  // then the client is asked to connect again; 0: never
};

class GrpcServer {
 public:
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const GrpcServerOptions& options,
                                                           const std::vector<grpc::Service*>& services, GrpcMetrics* metrics);
  ~GrpcServer();  // Stop without grace
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  uint16_t port() const;
  void SetServing(bool serving);
  // Takes no more calls, lets those under way finish, cancels what is left after `grace`. A second call is a no-op.
  void Stop(std::chrono::milliseconds grace);

 private:
  class Impl;
  explicit GrpcServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace varve
