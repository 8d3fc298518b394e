// Scrape targets over gRPC: gathered from endpoints, read from a Prometheus, served, and rid of replicas' copies.
//
// Source   thanos pkg/targets/{targets,proxy,prometheus}.go.
#pragma once

#include <proto/thanos/targets.grpc.pb.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "store/peer_calls.h"
#include "store/prometheus_client.h"

namespace varve {

using TargetsAnswer = Gathered<thanos::TargetDiscovery>;

class TargetsApi {  // safe to share
 public:
  virtual ~TargetsApi() = default;
  virtual absl::StatusOr<TargetsAnswer> Targets(const Context& ctx, const thanos::TargetsRequest& request) = 0;
};

// What the references name outlives the results.
std::unique_ptr<TargetsApi> NewTargetsProxy(LiveEndpoints endpoints, Executor& executor);
std::unique_ptr<TargetsApi> NewPrometheusTargets(PrometheusClient& client, std::function<Labels()> external_labels);

class GrpcTargetsService final : public thanos::Targets::CallbackService {
 public:
  GrpcTargetsService(TargetsApi& targets, Executor& executor) : targets_(targets), executor_(executor) {}
  grpc::ServerWriteReactor<thanos::TargetsResponse>* Targets(grpc::CallbackServerContext* call,
                                                             const thanos::TargetsRequest* request) override;

 private:
  TargetsApi& targets_;
  Executor& executor_;
};

// All targets as one, without replica labels; of equal active ones the least healthy counts, then the one scraped last.
thanos::TargetDiscovery TidyTargets(const std::vector<thanos::TargetDiscovery>& parts,
                                    const std::vector<std::string>& replica_labels);

// An answer of /api/v1/targets ("data").
thanos::TargetDiscovery TargetsOfJson(const JsonValue& data);

}  // namespace varve
