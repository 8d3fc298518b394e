#include "roles/role_server.h"

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {

RoleServer::RoleServer(std::string component, const ServerFlags& flags, Process& process, Options options)
    : flags_(flags),
      process_(process),
      probe_(component, process.registry, process.log),
      http_metrics_(process.registry, options.http_metrics),
      grpc_metrics_(process.registry, GrpcMetrics::Side::kServer),
      handlers_("http", options.handler_threads),
      router_(std::move(options.route_prefix)) {
  AddRoleEndpoints(router_, probe_, process.registry);
}

absl::Status RoleServer::StartHttp() {
  HttpServerOptions options;
  options.address = flags_.http.address;
  options.metrics = &http_metrics_;
  absl::StatusOr<std::unique_ptr<HttpServer>> server = HttpServer::Start(options, std::move(router_), handlers_, process_.log);
  if (!server.ok()) return Annotate(server.status(), "listen on --http-address={}", flags_.http.address);
  http_ = *std::move(server);
  probe_.SetHealthy();
  process_.log.Info("listening for HTTP", {{"address", flags_.http.address}, {"port", http_->port()}});
  return absl::OkStatus();
}

absl::Status RoleServer::StartGrpc(const std::vector<grpc::Service*>& services) {
  GrpcServerOptions options;
  options.address = flags_.grpc.address;
  options.connection_age_max = std::chrono::milliseconds(flags_.grpc.connection_age_max_ms);
  options.tls = {.cert_file = flags_.grpc.tls_cert,
                 .key_file = flags_.grpc.tls_key,
                 .client_ca_file = flags_.grpc.tls_client_ca,
                 .min_version = flags_.grpc.tls_min_version};
  absl::StatusOr<std::unique_ptr<GrpcServer>> server = GrpcServer::Start(options, services, &grpc_metrics_);
  if (!server.ok()) return Annotate(server.status(), "listen on --grpc-address={}", flags_.grpc.address);
  grpc_ = *std::move(server);
  probe_.OnReadyChange([grpc = grpc_.get()](bool ready) { grpc->SetServing(ready); });
  process_.log.Info("listening for gRPC", {{"address", flags_.grpc.address}, {"port", grpc_->port()}});
  return absl::OkStatus();
}

void RoleServer::Stop() {
  if (http_ == nullptr && grpc_ == nullptr) return;
  probe_.SetNotReady(Unavailable("shutting down"));
  if (grpc_ != nullptr) grpc_->Stop(std::chrono::milliseconds(flags_.grpc.grace_period_ms));
  if (http_ != nullptr) http_->Stop(std::chrono::milliseconds(flags_.http.grace_period_ms));
  probe_.OnReadyChange([](bool) {});
  grpc_.reset();
  http_.reset();
}

}  // namespace varve
