// A unary handler whose work blocks: it runs on an executor, under a context that ends when the client gives up.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <string>
#include <utility>

#include "net/grpc_status.h"
#include "runtime/context.h"
#include "runtime/executor.h"

namespace varve {

// The client's deadline; `stop` is requested by whoever hears of its cancellation.
Context ServerContextOf(const grpc::CallbackServerContext& call, std::stop_token stop);
// The tenant the client named in its metadata; empty if none.
std::string TenantOf(const grpc::CallbackServerContext& call);

class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  using Work = std::function<absl::Status(const Context&)>;

  // Owned by gRPC until the call is done.
  static UnaryCall* Start(const grpc::CallbackServerContext& call, Executor& executor, Work work) {
    auto* reactor = new UnaryCall();
    const Context ctx = ServerContextOf(call, reactor->stop_.get_token());
    executor.Post([reactor, ctx, work = std::move(work)] { reactor->Finish(ToGrpcStatus(work(ctx))); });
    return reactor;
  }
  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { delete this; }

 private:
  UnaryCall() = default;
  std::stop_source stop_;
};

}  // namespace varve
