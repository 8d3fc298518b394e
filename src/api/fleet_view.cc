#include "api/fleet_view.h"

#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "promql/ast.h"
#include "store/exemplars_api.h"
#include "store/metadata_api.h"
#include "store/rules_api.h"
#include "store/status_api.h"
#include "store/targets_api.h"
#include "store/tsdb_statistics.h"

namespace varve {

absl::StatusOr<std::vector<Matchers>> ParseSelectors(std::string_view query, const promql::ParserOptions& parser) {
  VARVE_ASSIGN_OR_RETURN(const promql::ExprPtr expr, promql::ParseExpr(query, parser));
  return promql::ExtractSelectors(*expr);
}

absl::StatusOr<Provided<thanos::RuleGroups>> FleetView::Rules(const Context& ctx, const thanos::RulesRequest& request) {
  RuleFilter filter = {.rule_names = {request.rule_name().begin(), request.rule_name().end()},
                       .group_names = {request.rule_group().begin(), request.rule_group().end()},
                       .files = {request.file().begin(), request.file().end()}};
  for (const std::string& text : request.matcher_string()) {
    absl::StatusOr<Matchers> matchers = promql::ParseMetricSelector(text);
    if (!matchers.ok()) return Annotate(matchers.status(), "parser ParseMetricSelector");
    filter.matcher_sets.push_back(*std::move(matchers));
  }
  VARVE_ASSIGN_OR_RETURN(RulesAnswer answer, apis_.rules().Rules(ctx, request));
  Provided<thanos::RuleGroups> provided = {{}, std::move(answer.warnings)};
  for (thanos::RuleGroup& group : TidyRules(std::move(answer.parts), filter, replica_labels_)) {
    *provided.data.add_groups() = std::move(group);
  }
  return provided;
}

absl::StatusOr<Provided<thanos::TargetDiscovery>> FleetView::Targets(const Context& ctx, const thanos::TargetsRequest& request) {
  VARVE_ASSIGN_OR_RETURN(TargetsAnswer answer, apis_.targets().Targets(ctx, request));
  return Provided<thanos::TargetDiscovery>{TidyTargets(answer.parts, replica_labels_), std::move(answer.warnings)};
}

absl::StatusOr<Provided<thanos::MetricMetadata>> FleetView::Metadata(const Context& ctx,
                                                                     const thanos::MetricMetadataRequest& request) {
  VARVE_ASSIGN_OR_RETURN(MetadataAnswer answer, apis_.metadata().Metadata(ctx, request));
  Provided<thanos::MetricMetadata> provided = {{}, std::move(answer.warnings)};
  for (auto& [metric, metas] : TidyMetadata(answer.parts, request.limit())) {
    thanos::MetricMetadataEntry& entry = (*provided.data.mutable_metadata())[metric];
    for (thanos::Meta& meta : metas) *entry.add_metas() = std::move(meta);
  }
  return provided;
}

absl::StatusOr<Provided<std::vector<thanos::ExemplarData>>> FleetView::Exemplars(const Context& ctx,
                                                                                 const thanos::ExemplarsRequest& request) {
  ExemplarsQuery query = {.range = {request.start(), request.end()}, .strategy = request.partial_response_strategy()};
  VARVE_ASSIGN_OR_RETURN(query.selectors, ParseSelectors(request.query(), parser_));
  VARVE_ASSIGN_OR_RETURN(ExemplarsAnswer answer, apis_.exemplars().Exemplars(ctx, query));
  return Provided<std::vector<thanos::ExemplarData>>{TidyExemplars(std::move(answer.parts), replica_labels_),
                                                     std::move(answer.warnings)};
}

absl::StatusOr<Provided<thanos::TSDBStatistics>> FleetView::Statistics(const Context& ctx,
                                                                       const thanos::TSDBStatisticsRequest& request) {
  VARVE_ASSIGN_OR_RETURN(StatisticsAnswer answer, apis_.status().Statistics(ctx, request));
  return Provided<thanos::TSDBStatistics>{TidyStatistics(answer.parts), std::move(answer.warnings)};
}

}  // namespace varve
