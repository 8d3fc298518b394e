// Cardinality statistics of TSDB heads over gRPC: gathered from endpoints, read from a Prometheus, served. They are added up in
// tsdb_statistics.h.
//
// Shape    by tenant; an endpoint that is one TSDB has one tenant, "".
// Source   thanos pkg/status/{status,proxy}.go, cmd/thanos/sidecar.go.
#pragma once

#include <proto/thanos/status.grpc.pb.h>

#include <functional>
#include <memory>
#include <vector>

#include "store/peer_calls.h"
#include "store/prometheus_client.h"

namespace varve {

using StatisticsAnswer = Gathered<thanos::TSDBStatistics>;

class StatusApi {  // safe to share
 public:
  virtual ~StatusApi() = default;
  virtual absl::StatusOr<StatisticsAnswer> Statistics(const Context& ctx, const thanos::TSDBStatisticsRequest& request) = 0;
};

// What the references name outlives the results. A Prometheus whose external labels the matchers reject has no statistics.
std::unique_ptr<StatusApi> NewStatusProxy(LiveEndpoints endpoints, Executor& executor);
std::unique_ptr<StatusApi> NewPrometheusStatus(PrometheusClient& client, std::function<Labels()> external_labels);

class GrpcStatusService final : public thanos::Status::CallbackService {
 public:
  GrpcStatusService(StatusApi& status, Executor& executor) : status_(status), executor_(executor) {}
  grpc::ServerWriteReactor<thanos::TSDBStatisticsResponse>* TSDBStatistics(grpc::CallbackServerContext* call,
                                                                           const thanos::TSDBStatisticsRequest* request) override;

 private:
  StatusApi& status_;
  Executor& executor_;
};

}  // namespace varve
