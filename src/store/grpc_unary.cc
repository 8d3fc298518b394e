#include "store/grpc_unary.h"

#include <chrono>

namespace varve {

Context ServerContextOf(const grpc::CallbackServerContext& call, std::stop_token stop) {
  const Context ctx = Context().WithStop(std::move(stop));
  const auto deadline = call.deadline();  // of the system's clock; the far future if the client set none
  const auto left = deadline - std::chrono::system_clock::now();
  return left > std::chrono::hours(24 * 365) ? ctx : ctx.WithTimeout(std::chrono::duration_cast<Context::Clock::duration>(left));
}

std::string TenantOf(const grpc::CallbackServerContext& call) {
  const auto found = call.client_metadata().find("thanos-tenant");
  return found == call.client_metadata().end() ? std::string() : std::string(found->second.data(), found->second.size());
}

}  // namespace varve
