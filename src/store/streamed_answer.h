// A server stream whose messages are made one at a time, each after the client took the one before.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <utility>

#include "net/grpc_status.h"
#include "runtime/executor.h"
#include "store/grpc_unary.h"

namespace varve {

template <typename Response>
class StreamedAnswer final : public grpc::ServerWriteReactor<Response> {
 public:
  using Next = std::function<bool(Response&)>;  // fills an empty message; false: that was all
  using Work = std::function<absl::StatusOr<Next>(const Context&)>;

  // `work` and the messages are made on the executor. Owned by gRPC until the call is done.
  static StreamedAnswer* Start(const grpc::CallbackServerContext& call, Executor& executor, Work work) {
    auto* reactor = new StreamedAnswer(executor);
    const Context ctx = ServerContextOf(call, reactor->stop_.get_token());
    executor.Post([reactor, ctx, work = std::move(work)] {
      absl::StatusOr<Next> next = work(ctx);
      if (!next.ok()) return reactor->Finish(ToGrpcStatus(next.status()));
      reactor->next_ = *std::move(next);
      reactor->WriteNext();
    });
    return reactor;
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return this->Finish(grpc::Status::CANCELLED);
    executor_.Post([this] { WriteNext(); });
  }
  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { delete this; }

 private:
  explicit StreamedAnswer(Executor& executor) : executor_(executor) {}
  void WriteNext() {
    response_.Clear();
    if (!next_(response_)) return this->Finish(grpc::Status::OK);
    this->StartWrite(&response_);
  }

  Executor& executor_;
  std::stop_source stop_;
  Next next_;
  Response response_;
};

}  // namespace varve
