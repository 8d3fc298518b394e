// gRPC calls as blocking functions that end with our Context.
#pragma once

#include <absl/status/status.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <functional>
#include <string_view>

#include "runtime/context.h"

namespace varve {

// Gives a call the context's deadline, or `timeout` if that is earlier (0: none), and the tenant.
void PrepareCall(const Context& ctx, std::chrono::milliseconds timeout, std::string_view tenant, grpc::ClientContext& call);

// "rpc error: code = Unavailable desc = ...", as Go's clients print it, under the same code.
absl::Status RpcError(const grpc::Status& status);

// Starts a call whose end comes through a callback (stub->async()->Method(&call, &request, &response, callback)), and waits for
// it; a context that ends cancels it.
absl::Status BlockOn(const Context& ctx, grpc::ClientContext& call,
                     const std::function<void(std::function<void(grpc::Status)>)>& start);

}  // namespace varve
