#include "store/fleet_apis.h"

#include <utility>

#include "store/exemplars_api.h"
#include "store/metadata_api.h"
#include "store/rules_api.h"
#include "store/status_api.h"
#include "store/targets_api.h"

namespace varve {

FleetApis::FleetApis() = default;
FleetApis::FleetApis(FleetApis&&) noexcept = default;
FleetApis::~FleetApis() = default;

FleetApis FleetApis::OfEndpoints(std::function<std::vector<LiveEndpoint>()> endpoints, Executor& executor,
                                 Labels selector_labels) {
  FleetApis fleet;
  fleet.rules_ = NewRulesProxy(endpoints, executor);
  fleet.targets_ = NewTargetsProxy(endpoints, executor);
  fleet.metadata_ = NewMetadataProxy(endpoints, executor);
  fleet.exemplars_ = NewExemplarsProxy(endpoints, executor, std::move(selector_labels));
  fleet.status_ = NewStatusProxy(std::move(endpoints), executor);
  return fleet;
}

FleetApis FleetApis::OfPrometheus(PrometheusClient& client, const std::function<Labels()>& external_labels) {
  FleetApis fleet;
  fleet.rules_ = NewPrometheusRules(client, external_labels);
  fleet.targets_ = NewPrometheusTargets(client, external_labels);
  fleet.metadata_ = NewPrometheusMetadata(client);
  fleet.exemplars_ = NewPrometheusExemplars(client, external_labels);
  fleet.status_ = NewPrometheusStatus(client, external_labels);
  return fleet;
}

struct FleetServices::Services {
  GrpcRulesService rules;
  GrpcTargetsService targets;
  GrpcMetadataService metadata;
  GrpcExemplarsService exemplars;
  GrpcStatusService status;
};

FleetServices::FleetServices(const FleetApis& fleet, ParseSelectors parse, Executor& executor)
    : services_(new Services{{fleet.rules(), executor},
                             {fleet.targets(), executor},
                             {fleet.metadata(), executor},
                             {fleet.exemplars(), std::move(parse), executor},
                             {fleet.status(), executor}}) {}

FleetServices::~FleetServices() = default;

std::vector<grpc::Service*> FleetServices::all() const {
  return {&services_->rules, &services_->targets, &services_->metadata, &services_->exemplars, &services_->status};
}

void FleetServices::Announce(EndpointInfo& info) {
  info.rules = info.targets = info.metadata = info.status = true;
  info.exemplars = QueryRange{0, 0};  // Thanos fills no times in
}

}  // namespace varve
