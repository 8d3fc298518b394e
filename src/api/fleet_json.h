// Rules, targets, metadata, exemplars and endpoints as the JSON that Thanos' API answers and its UI, and Grafana, read.
// Source   the jsontags in thanos pkg/{rules/rulespb,targets/targetspb,metadata/metadatapb,exemplars/exemplarspb}; pkg/query EndpointStatus.
#pragma once

#include <string>
#include <vector>

#include "api/providers.h"

namespace varve {

std::string RulesToJson(const thanos::RuleGroups& groups);   // {"groups":[...]}
std::string AlertsToJson(const thanos::RuleGroups& groups);  // {"alerts":[...]}: what fires or may soon, of all rules
std::string TargetsToJson(const thanos::TargetDiscovery& targets);
std::string MetadataToJson(const thanos::MetricMetadata& metadata);
std::string ExemplarsToJson(const std::vector<thanos::ExemplarData>& series);
std::string StatisticsToJson(const thanos::TSDBStatisticsEntry& entry, int limit);  // {"headStats":{...},...}, lists cut off
std::string EndpointsToJson(const std::vector<EndpointStatus>& endpoints);          // {"sidecar":[...],"store":[...]}

}  // namespace varve
