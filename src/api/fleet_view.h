// What a querier shows of its fleet over HTTP: answers of the small APIs, rid of what replicas say twice.
//
// Errors   those of the APIs; InvalidArgument for a selector that does not parse.
// Threads  share freely. The APIs outlive the view.
// Source   thanos pkg/{rules,targets,metadata,exemplars,status}: the GRPCClients with de-duplication.
#pragma once

#include <string>
#include <vector>

#include "api/providers.h"
#include "promql/parser.h"
#include "store/fleet_apis.h"

namespace varve {

class FleetView final : public RulesProvider,
                        public TargetsProvider,
                        public MetadataProvider,
                        public ExemplarsProvider,
                        public StatisticsProvider {
 public:
  FleetView(const FleetApis& apis, std::vector<std::string> replica_labels, const promql::ParserOptions& parser)
      : apis_(apis), replica_labels_(std::move(replica_labels)), parser_(parser) {}

  absl::StatusOr<Provided<thanos::RuleGroups>> Rules(const Context& ctx, const thanos::RulesRequest& request) override;
  absl::StatusOr<Provided<thanos::TargetDiscovery>> Targets(const Context& ctx, const thanos::TargetsRequest& request) override;
  absl::StatusOr<Provided<thanos::MetricMetadata>> Metadata(const Context& ctx,
                                                            const thanos::MetricMetadataRequest& request) override;
  absl::StatusOr<Provided<std::vector<thanos::ExemplarData>>> Exemplars(const Context& ctx,
                                                                        const thanos::ExemplarsRequest& request) override;
  absl::StatusOr<Provided<thanos::TSDBStatistics>> Statistics(const Context& ctx,
                                                              const thanos::TSDBStatisticsRequest& request) override;

 private:
  const FleetApis& apis_;
  const std::vector<std::string> replica_labels_;
  const promql::ParserOptions parser_;
};

// The matchers of each selector of a query, as FleetServices wants them.
absl::StatusOr<std::vector<Matchers>> ParseSelectors(std::string_view query, const promql::ParserOptions& parser);

}  // namespace varve
