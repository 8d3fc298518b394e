// Channels to the gRPC servers of Thanos and Varve.
//
//   VARVE_ASSIGN_OR_RETURN(const auto channel, MakeGrpcChannel("10.0.0.7:10901", {.metrics = &metrics}));
//   auto stub = thanos::Store::NewStub(channel);
//
// Shape    a channel connects when it is first used, again whenever it has to (backing off up to five seconds), and shares no
//          connection with others. While a call is active it pings every ten seconds and gives a silent peer five to answer.
// Errors   InvalidArgument for a bad TLS file. A peer that is down shows in the calls, as Unavailable.
// Threads  share freely.
// Source   thanos pkg/extgrpc/client.go.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <string>

#include "net/grpc_metrics.h"
#include "net/tls_config.h"

namespace grpc {
class Channel;
}

namespace varve {

struct GrpcClientOptions {
  std::optional<TlsClientConfig> tls;  // absent: plain text
  GrpcMetrics* metrics = nullptr;      // outlives the channel
  std::string service_config;          // JSON: load balancing and retries, for endpoint groups behind one DNS name
};

// `target` is host:port, or a gRPC name such as dns:///thanos-store:10901.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeGrpcChannel(const std::string& target, const GrpcClientOptions& options);

}  // namespace varve
