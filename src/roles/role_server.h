// The ports of a role: HTTP with probes and metrics, gRPC with health and reflection, and whether they say "ready".
//
//   RoleServer server("store", config.server, process);
//   server.router().Add(...);
//   VARVE_RETURN_IF_ERROR(server.StartHttp());            // probes answer from here on: healthy, not ready
//   VARVE_RETURN_IF_ERROR(server.StartGrpc({&store, &info}));
//   server.probe().SetReady();
//   server.Stop();
//
// Errors   those of binding the addresses.
// Threads  one thread starts and stops it; probe() is shared.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/grpc_server.h"
#include "net/http_server.h"
#include "net/probe.h"
#include "roles/role.h"
#include "roles/server_flags.h"
#include "runtime/executor.h"

namespace varve {

class RoleServer {
 public:
  struct Options {
    std::string route_prefix;
    HttpMetrics::Options http_metrics;
    size_t handler_threads = 64;  // HTTP handlers block, for example on a query
  };
  RoleServer(std::string component, const ServerFlags& flags, Process& process, Options options);
  RoleServer(std::string component, const ServerFlags& flags, Process& process)
      : RoleServer(std::move(component), flags, process, Options()) {}
  ~RoleServer() { Stop(); }
  RoleServer(const RoleServer&) = delete;
  RoleServer& operator=(const RoleServer&) = delete;

  Probe& probe() { return probe_; }
  HttpRouter& router() { return router_; }  // until StartHttp
  // Where it listens; once started, for addresses that leave the choice to the system.
  uint16_t http_port() const { return http_->port(); }
  uint16_t grpc_port() const { return grpc_->port(); }

  absl::Status StartHttp();
  absl::Status StartGrpc(const std::vector<grpc::Service*>& services);
  void Stop();  // waits for calls under way as long as the flags say; a second call is a no-op

 private:
  const ServerFlags flags_;
  Process& process_;
  Probe probe_;
  HttpMetrics http_metrics_;
  GrpcMetrics grpc_metrics_;
  Executor handlers_;
  HttpRouter router_;
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<GrpcServer> grpc_;
};

}  // namespace varve
