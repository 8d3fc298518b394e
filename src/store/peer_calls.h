// The small APIs beside the store (rules, targets, metadata, exemplars, status): asked of every endpoint that serves them, and served.
//
// Shape    each is a stream of messages that is short enough to be gathered whole; a message is a part of the answer or a warning.
// Errors   with WARN a failing endpoint is a warning that names it, with ABORT the call fails.
// Source   thanos pkg/{rules,targets,metadata,exemplars,status}/proxy.go.
#pragma once

#include <grpcpp/client_context.h>
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
#include "runtime/executor.h"
#include "store/endpoint_set.h"
#include "store/grpc_call.h"
#include "store/streamed_answer.h"

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

// The serving side: an answer message by message, each part set by `put`, then the warnings.
template <typename Response, typename Part, typename Put>
typename StreamedAnswer<Response>::Next ToResponses(Gathered<Part> gathered, Put put) {
  return [gathered = std::move(gathered), put, next = size_t{0}](Response& response) mutable {
    const size_t parts = gathered.parts.size();
    if (next == parts + gathered.warnings.size()) return false;
    if (next < parts) {
      put(response, std::move(gathered.parts[next]));
    } else {
      response.set_warning(std::move(gathered.warnings[next - parts]));
    }
    ++next;
    return true;
  };
}

}  // namespace varve
