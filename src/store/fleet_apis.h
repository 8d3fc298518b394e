// The small APIs beside the store as one: rules, targets, metadata, exemplars and status, of a fleet or of one Prometheus, and the
// gRPC services over them.
//
//   FleetApis fleet = FleetApis::OfEndpoints([&] { return endpoints.Live(); }, executor, selector_labels);
//   FleetServices services(fleet, ParseSelectors, executor);
//   GrpcServer::Start(options, services.all(), &metrics);
//   FleetServices::Announce(info);                     // in the answer to Info
//
// Threads  safe to share. A fleet outlives its services, and they their server.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/matcher.h"
#include "runtime/executor.h"
#include "store/endpoint_set.h"
#include "store/prometheus_client.h"

namespace grpc {
class Service;
}

namespace varve {

class RulesApi;
class TargetsApi;
class MetadataApi;
class ExemplarsApi;
class StatusApi;

class FleetApis {
 public:
  // Proxies over endpoints: each asks those that announce its API.
  static FleetApis OfEndpoints(std::function<std::vector<LiveEndpoint>()> endpoints, Executor& executor, Labels selector_labels);
  // What a sidecar knows. The client outlives it.
  static FleetApis OfPrometheus(PrometheusClient& client, const std::function<Labels()>& external_labels);
  FleetApis(FleetApis&&) noexcept;
  ~FleetApis();

  RulesApi& rules() const { return *rules_; }
  TargetsApi& targets() const { return *targets_; }
  MetadataApi& metadata() const { return *metadata_; }
  ExemplarsApi& exemplars() const { return *exemplars_; }
  StatusApi& status() const { return *status_; }

 private:
  FleetApis();
  std::unique_ptr<RulesApi> rules_;
  std::unique_ptr<TargetsApi> targets_;
  std::unique_ptr<MetadataApi> metadata_;
  std::unique_ptr<ExemplarsApi> exemplars_;
  std::unique_ptr<StatusApi> status_;
};

class FleetServices {
 public:
  // The selectors of a PromQL expression; PromQL's parser is handed in, as this folder does not know it.
  using ParseSelectors = std::function<absl::StatusOr<std::vector<Matchers>>(const std::string& query)>;
  FleetServices(const FleetApis& fleet, ParseSelectors parse, Executor& executor);
  ~FleetServices();

  std::vector<grpc::Service*> all() const;
  // Says in `info` that all of them are served.
  static void Announce(EndpointInfo& info);

 private:
  struct Services;
  std::unique_ptr<Services> services_;
};

}  // namespace varve
