#include "store/grpc_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <stop_token>
#include <string>

#include "base/errors.h"
#include "net/grpc_status.h"

namespace varve {

void PrepareCall(const Context& ctx, std::chrono::milliseconds timeout, std::string_view tenant, grpc::ClientContext& call) {
  Context::Clock::duration left = ctx.time_left();
  if (timeout > std::chrono::milliseconds::zero()) left = std::min<Context::Clock::duration>(left, timeout);
  if (left != Context::Clock::duration::max()) call.set_deadline(std::chrono::system_clock::now() + left);
  if (!tenant.empty()) call.AddMetadata("thanos-tenant", std::string(tenant));
}

absl::Status RpcError(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return MakeStatus(static_cast<absl::StatusCode>(status.error_code()),
                    fmt::format("rpc error: code = {} desc = {}", GrpcCodeName(status.error_code()), status.error_message()));
}

absl::Status BlockOn(const Context& ctx, grpc::ClientContext& call,
                     const std::function<void(std::function<void(grpc::Status)>)>& start) {
  std::promise<grpc::Status> done;
  std::future<grpc::Status> result = done.get_future();
  start([&done](grpc::Status status) { done.set_value(std::move(status)); });
  const std::stop_callback cancel(ctx.stop_token(), [&call] { call.TryCancel(); });
  return RpcError(result.get());
}

}  // namespace varve
