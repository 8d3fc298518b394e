// Exemplars over gRPC: gathered from endpoints, read from a Prometheus, served, and rid of replicas' copies.
//
// Shape    an endpoint is asked only for the selectors its external labels can satisfy, written as {a="1"}+{b="2"}; matchers on
// external
//          labels are left out, which a Prometheus does not know, except towards queriers.
// Source   thanos pkg/exemplars/{exemplars,proxy,prometheus}.go.
#pragma once

#include <proto/thanos/exemplars.grpc.pb.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "store/peer_calls.h"
#include "store/prometheus_client.h"

namespace varve {

using ExemplarsAnswer = Gathered<thanos::ExemplarData>;

struct ExemplarsQuery {
  std::vector<Matchers> selectors;  // of the PromQL expression
  QueryRange range;
  thanos::PartialResponseStrategy strategy = thanos::WARN;
};

class ExemplarsApi {  // safe to share
 public:
  virtual ~ExemplarsApi() = default;
  virtual absl::StatusOr<ExemplarsAnswer> Exemplars(const Context& ctx, const ExemplarsQuery& query) = 0;
};

// What the references name outlives the results. InvalidArgument without any matcher beside those on `selector_labels`.
std::unique_ptr<ExemplarsApi> NewExemplarsProxy(LiveEndpoints endpoints, Executor& executor, Labels selector_labels);
std::unique_ptr<ExemplarsApi> NewPrometheusExemplars(PrometheusClient& client, std::function<Labels()> external_labels);

class GrpcExemplarsService final : public thanos::Exemplars::CallbackService {
 public:
  // The selectors of a PromQL expression; PromQL's parser is handed in, as this folder does not know it.
  using ParseSelectors = std::function<absl::StatusOr<std::vector<Matchers>>(const std::string& query)>;
  GrpcExemplarsService(ExemplarsApi& exemplars, ParseSelectors parse, Executor& executor)
      : exemplars_(exemplars), parse_(std::move(parse)), executor_(executor) {}
  grpc::ServerWriteReactor<thanos::ExemplarsResponse>* Exemplars(grpc::CallbackServerContext* call,
                                                                 const thanos::ExemplarsRequest* request) override;

 private:
  ExemplarsApi& exemplars_;
  const ParseSelectors parse_;
  Executor& executor_;
};

// Exemplars by series without replica labels, in label order, each once.
std::vector<thanos::ExemplarData> TidyExemplars(std::vector<thanos::ExemplarData> parts,
                                                const std::vector<std::string>& replica_labels);

// The query for an endpoint with these external labels; empty if it has nothing to say.
std::string ExemplarsQueryFor(const std::vector<Matchers>& selectors, const std::vector<Labels>& label_sets, bool keep_external);

}  // namespace varve
