#include "net/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <limits>
#include <mutex>

#include "base/errors.h"
#include "base/status_macros.h"
#include "net/address.h"
#include "net/grpc_credentials.h"
#include "net/grpc_interceptors.h"

namespace varve {
namespace {

constexpr int kGoPingIntervalMs = 10'000;

// Both switches are the library's own globals and must be thrown before the first server is built.
void InitPluginsOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

void AddRules(grpc::ServerBuilder& builder, const GrpcServerOptions& options) {
  builder.SetMaxReceiveMessageSize(std::numeric_limits<int>::max());
  builder.SetMaxSendMessageSize(std::numeric_limits<int>::max());
  // Half of Go's interval: two pings may arrive closer together than they were sent.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kGoPingIntervalMs / 2);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);  // never punish
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // else two servers would share a port without a word
  if (options.connection_age_max.count() > 0) {
    const auto age = std::min<int64_t>(options.connection_age_max.count(), std::numeric_limits<int>::max());
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, static_cast<int>(age));
  }
}

}  // namespace

class GrpcServer::Impl {
 public:
  absl::Status Start(const GrpcServerOptions& options, const std::vector<grpc::Service*>& services, GrpcMetrics* metrics) {
    VARVE_ASSIGN_OR_RETURN(HostPort address, ParseHostPort(options.address));
    if (address.host.empty()) address.host = "::";
    VARVE_ASSIGN_OR_RETURN(const auto credentials, MakeServerCredentials(options.tls));
    InitPluginsOnce();
    grpc::ServerBuilder builder;
    AddRules(builder, options);
    int bound_port = 0;
    builder.AddListeningPort(address.ToString(), credentials, &bound_port);
    for (grpc::Service* service : services) builder.RegisterService(service);
    if (metrics != nullptr) {
      std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
      interceptors.push_back(MakeServerInterceptors(*metrics));
      builder.experimental().SetInterceptorCreators(std::move(interceptors));
    }
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || bound_port == 0) {
      return Unavailable("listening for gRPC on {}: the address is in use or not ours", options.address);
    }
    SetServing(false);
    port_ = static_cast<uint16_t>(bound_port);
    return absl::OkStatus();
  }

  void SetServing(bool serving) { server_->GetHealthCheckService()->SetServingStatus("", serving); }

  void Stop(std::chrono::milliseconds grace) {
    std::call_once(stopped_, [&] {
      if (server_ == nullptr) return;
      SetServing(false);
      server_->Shutdown(std::chrono::system_clock::now() + grace);
      server_->Wait();
    });
  }

  uint16_t port() const { return port_; }

 private:
  std::unique_ptr<grpc::Server> server_;
  uint16_t port_ = 0;
  std::once_flag stopped_;
};

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const GrpcServerOptions& options,
                                                              const std::vector<grpc::Service*>& services, GrpcMetrics* metrics) {
  auto impl = std::make_unique<Impl>();
  VARVE_RETURN_IF_ERROR(impl->Start(options, services, metrics));
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(impl)));
}

GrpcServer::GrpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GrpcServer::~GrpcServer() { Stop(std::chrono::milliseconds(0)); }
uint16_t GrpcServer::port() const { return impl_->port(); }
void GrpcServer::SetServing(bool serving) { impl_->SetServing(serving); }
void GrpcServer::Stop(std::chrono::milliseconds grace) { impl_->Stop(grace); }

}  // namespace varve
