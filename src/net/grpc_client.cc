#include "net/grpc_client.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <limits>

#include "base/status_macros.h"
#include "net/grpc_credentials.h"
#include "net/grpc_interceptors.h"

namespace varve {
namespace {

constexpr int kKeepaliveTimeMs = 10'000;
constexpr int kKeepaliveTimeoutMs = 5'000;
constexpr int kReconnectBackoffMaxMs = 5'000;

grpc::ChannelArguments MakeArguments(const GrpcClientOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(std::numeric_limits<int>::max());
  arguments.SetMaxSendMessageSize(std::numeric_limits<int>::max());
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectBackoffMaxMs);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetUserAgentPrefix("varve");
  if (!options.service_config.empty()) arguments.SetServiceConfigJSON(options.service_config);
  if (options.tls.has_value() && !options.tls->server_name.empty()) {
    arguments.SetSslTargetNameOverride(options.tls->server_name);
  }
  return arguments;
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeGrpcChannel(const std::string& target, const GrpcClientOptions& options) {
  VARVE_ASSIGN_OR_RETURN(const auto credentials, MakeChannelCredentials(options.tls));
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> interceptors;
  if (options.metrics != nullptr) interceptors.push_back(MakeClientInterceptors(*options.metrics));
  return grpc::experimental::CreateCustomChannelWithInterceptors(target, credentials, MakeArguments(options),
                                                                 std::move(interceptors));
}

}  // namespace varve
