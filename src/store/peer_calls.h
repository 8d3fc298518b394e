// The small APIs beside the store (rules, targets, metadata, exemplars): asked of every endpoint that serves them, and served.
//
// Shape    each is a stream of messages that is short enough to be gathered whole; a message is a part of the answer or a
// warning. Errors   with WARN a failing endpoint is a warning that names it, with ABORT the call fails. Source   thanos
// pkg/{rules,targets,metadata,exemplars}/proxy.go.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/sync_stream.h>
#include <proto/thanos/types.pb.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "net/grpc_status.h"
#include "runtime/executor.h"
#include "store/endpoint_set.h"
#include "store/grpc_call.h"
#include "store/grpc_unary.h"

namespace varve {

using LiveEndpoints = std::function<std::vector<LiveEndpoint>()>;

template <typename Part>
struct Gathered {
  std::vector<Part> parts;  // in the order of the endpoints
  std::vector<std::string> warnings;
};

// One call of gathering: what is asked of whom.
template <typename Response, typename Part>
struct PeerCall {
  std::string what;  // "rules", for messages
  thanos::PartialResponseStrategy strategy = thanos::WARN;
  std::vector<LiveEndpoint> endpoints;
  // Starts the call.
  std::function<std::unique_ptr<grpc::ClientReader<Response>>(const LiveEndpoint&, grpc::ClientContext&)> open;
  // Takes the part out of a message; false if it is a warning.
  std::function<bool(Response&, Part&)> take;
};

template <typename Response, typename Part>
absl::StatusOr<Gathered<Part>> GatherFromPeers(const Context& ctx, Executor& executor, const PeerCall<Response, Part>& call) {
  struct Answer {
    Gathered<Part> gathered;
    absl::Status status;
  };
  std::vector<Answer> answers(call.endpoints.size());
  TaskGroup group(ctx, executor, {.parallel_max = call.endpoints.size()});
  for (size_t i = 0; i < answers.size(); ++i) {
    group.Run([&, i](const Context& task) {
      grpc::ClientContext client;
      PrepareCall(task, std::chrono::milliseconds::zero(), "", client);
      const std::stop_callback cancel(task.stop_token(), [&client] { client.TryCancel(); });
      const auto reader = call.open(call.endpoints[i], client);
      Response response;
      while (reader->Read(&response)) {
        Part part;
        if (call.take(response, part)) {
          answers[i].gathered.parts.push_back(std::move(part));
        } else {
          answers[i].gathered.warnings.push_back(response.warning());
        }
      }
      answers[i].status =
          Annotate(RpcError(reader->Finish()), "receiving {} from {} client {}", call.what, call.what, call.endpoints[i].address);
      return call.strategy == thanos::ABORT ? answers[i].status : absl::OkStatus();
    });
  }
  VARVE_RETURN_IF_ERROR(group.Wait());
  VARVE_RETURN_IF_ERROR(ctx.Check());
  Gathered<Part> all;
  for (Answer& answer : answers) {
    std::move(answer.gathered.parts.begin(), answer.gathered.parts.end(), std::back_inserter(all.parts));
    std::move(answer.gathered.warnings.begin(), answer.gathered.warnings.end(), std::back_inserter(all.warnings));
    if (!answer.status.ok()) all.warnings.emplace_back(Message(answer.status));
  }
  return all;
}

// The serving side: `work` gathers all messages on the executor, then they are written one after the other.
template <typename Response>
class StreamedAnswer final : public grpc::ServerWriteReactor<Response> {
 public:
  using Work = std::function<absl::StatusOr<std::vector<Response>>(const Context&)>;

  // Owned by gRPC until the call is done.
  static StreamedAnswer* Start(const grpc::CallbackServerContext& call, Executor& executor, Work work) {
    auto* reactor = new StreamedAnswer();
    const Context ctx = ServerContextOf(call, reactor->stop_.get_token());
    executor.Post([reactor, ctx, work = std::move(work)] {
      absl::StatusOr<std::vector<Response>> responses = work(ctx);
      if (!responses.ok()) return reactor->Finish(ToGrpcStatus(responses.status()));
      reactor->responses_ = *std::move(responses);
      reactor->WriteNext();
    });
    return reactor;
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return this->Finish(grpc::Status::CANCELLED);
    WriteNext();
  }
  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { delete this; }

 private:
  StreamedAnswer() = default;
  void WriteNext() {
    if (next_ == responses_.size()) return this->Finish(grpc::Status::OK);
    this->StartWrite(&responses_[next_++]);
  }

  std::stop_source stop_;
  std::vector<Response> responses_;
  size_t next_ = 0;
};

// The messages of an answer: each part set by `put`, then the warnings.
template <typename Response, typename Part, typename Put>
std::vector<Response> ToResponses(Gathered<Part> gathered, Put put) {
  std::vector<Response> responses(gathered.parts.size() + gathered.warnings.size());
  for (size_t i = 0; i < gathered.parts.size(); ++i) put(responses[i], std::move(gathered.parts[i]));
  for (size_t i = 0; i < gathered.warnings.size(); ++i) {
    responses[gathered.parts.size() + i].set_warning(std::move(gathered.warnings[i]));
  }
  return responses;
}

}  // namespace varve
