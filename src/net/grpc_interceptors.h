// Lets GrpcMetrics watch every call of a server or a channel.
// Includes gRPC: for grpc_server.cc and grpc_client.cc only.
#pragma once

#include <grpcpp/support/client_interceptor.h>
#include <grpcpp/support/server_interceptor.h>

#include <memory>

#include "net/grpc_metrics.h"

namespace varve {

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeServerInterceptors(GrpcMetrics& metrics);
std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface> MakeClientInterceptors(GrpcMetrics& metrics);

}  // namespace varve
