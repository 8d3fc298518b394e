#include "api/fleet_json.h"

#include <cmath>
#include <map>

#include "api/rfc3339.h"
#include "api/sample_json.h"
#include "base/json_writer.h"

namespace varve {
namespace {

std::string TimeText(bool known, const google::protobuf::Timestamp& time) {
  return known ? FormatRfc3339(time.seconds(), time.nanos()) : std::string(kZeroTimeText);
}

void WriteLabels(JsonWriter& json, const thanos::ZLabelSet& labels) {
  json.BeginObject();
  for (const thanos::Label& label : labels.labels()) json.Field(label.name(), label.value());
  json.EndObject();
}

void LabelsField(JsonWriter& json, std::string_view key, const thanos::ZLabelSet& labels) {
  json.Key(key);
  WriteLabels(json, labels);
}

std::string_view StateText(thanos::AlertState state) {
  switch (state) {
    case thanos::INACTIVE: return "inactive";
    case thanos::PENDING: return "pending";
    case thanos::FIRING: return "firing";
    default: return "unknown";
  }
}

std::string_view StrategyText(thanos::PartialResponseStrategy strategy) { return strategy == thanos::ABORT ? "ABORT" : "WARN"; }

// JSON has no NaN or Inf; a peer may send them all the same.
double Finite(double value) { return std::isfinite(value) ? value : 0; }

void WriteAlertInstance(JsonWriter& json, const thanos::AlertInstance& alert) {
  json.BeginObject();
  LabelsField(json, "labels", alert.labels());
  LabelsField(json, "annotations", alert.annotations());
  json.Field("state", StateText(alert.state()));
  if (alert.has_active_at()) json.Field("activeAt", TimeText(true, alert.active_at()));
  json.Field("value", alert.value());
  json.Field("partialResponseStrategy", StrategyText(alert.partial_response_strategy()));
  json.EndObject();
}

// What recording and alerting rules share at their end.
template <typename Rule>
void WriteHealth(JsonWriter& json, const Rule& rule) {
  json.Field("health", rule.health());
  if (!rule.last_error().empty()) json.Field("lastError", rule.last_error());
  json.Field("evaluationTime", Finite(rule.evaluation_duration_seconds()));
  json.Field("lastEvaluation", TimeText(rule.has_last_evaluation(), rule.last_evaluation()));
}

void WriteAlert(JsonWriter& json, const thanos::Alert& rule) {
  json.BeginObject();
  json.Field("state", StateText(rule.state()));
  json.Field("name", rule.name());
  json.Field("query", rule.query());
  json.Field("duration", Finite(rule.duration_seconds()));
  LabelsField(json, "labels", rule.labels());
  LabelsField(json, "annotations", rule.annotations());
  json.Key("alerts");
  json.BeginArray();
  for (const thanos::AlertInstance& alert : rule.alerts()) WriteAlertInstance(json, alert);
  json.EndArray();
  WriteHealth(json, rule);
  json.Field("keepFiringFor", Finite(rule.keep_firing_for_seconds()));
  json.Field("type", "alerting");
  json.EndObject();
}

void WriteRecording(JsonWriter& json, const thanos::RecordingRule& rule) {
  json.BeginObject();
  json.Field("name", rule.name());
  json.Field("query", rule.query());
  LabelsField(json, "labels", rule.labels());
  WriteHealth(json, rule);
  json.Field("type", "recording");
  json.EndObject();
}

void WriteGroup(JsonWriter& json, const thanos::RuleGroup& group) {
  json.BeginObject();
  json.Field("name", group.name());
  json.Field("file", group.file());
  json.Key("rules");
  json.BeginArray();
  for (const thanos::Rule& rule : group.rules()) {
    if (rule.has_alert()) WriteAlert(json, rule.alert());
    if (rule.has_recording()) WriteRecording(json, rule.recording());
  }
  json.EndArray();
  json.Field("interval", Finite(group.interval()));
  json.Field("evaluationTime", Finite(group.evaluation_duration_seconds()));
  json.Field("lastEvaluation", TimeText(group.has_last_evaluation(), group.last_evaluation()));
  json.Field("limit", group.limit());
  json.Field("partialResponseStrategy", StrategyText(group.partial_response_strategy()));
  json.EndObject();
}

std::string_view HealthText(thanos::TargetHealth health) {
  switch (health) {
    case thanos::TARGET_HEALTH_UP: return "up";
    case thanos::TARGET_HEALTH_DOWN: return "down";
    default: return "unknown";
  }
}

void WriteTarget(JsonWriter& json, const thanos::ActiveTarget& target) {
  json.BeginObject();
  LabelsField(json, "discoveredLabels", target.discovered_labels());
  LabelsField(json, "labels", target.labels());
  json.Field("scrapePool", target.scrape_pool());
  json.Field("scrapeUrl", target.scrape_url());
  json.Field("globalUrl", target.global_url());
  json.Field("lastError", target.last_error());
  json.Field("lastScrape", TimeText(target.has_last_scrape(), target.last_scrape()));
  json.Field("lastScrapeDuration", Finite(target.last_scrape_duration()));
  json.Field("health", HealthText(target.health()));
  json.EndObject();
}

void WriteExemplar(JsonWriter& json, const thanos::Exemplar& exemplar) {
  json.BeginObject();
  LabelsField(json, "labels", exemplar.labels());
  std::string text;
  AppendJsonValue(text, exemplar.value());
  json.Key("value");
  json.Raw(text);
  text.clear();
  AppendJsonTime(text, exemplar.ts());
  json.Key("timestamp");
  json.Raw(text);
  json.EndObject();
}

void WriteEndpoint(JsonWriter& json, const EndpointStatus& endpoint) {
  json.BeginObject();
  json.Field("name", endpoint.name);
  json.Field("lastCheck", FormatRfc3339(endpoint.last_check));
  json.Key("lastError");
  endpoint.last_error.empty() ? json.Null() : json.String(endpoint.last_error);
  json.Key("labelSets");
  json.BeginArray();
  for (const Labels& labels : endpoint.label_sets) {
    std::string text;
    AppendJsonLabels(text, labels);
    json.Raw(text);
  }
  json.EndArray();
  json.Field("minTime", endpoint.range.min);
  json.Field("maxTime", endpoint.range.max_inclusive);
  json.EndObject();
}

void WriteStatistics(JsonWriter& json, std::string_view key,
                     const google::protobuf::RepeatedPtrField<thanos::Statistic>& statistics, int limit) {
  json.Key(key);
  json.BeginArray();
  for (int i = 0; i < statistics.size() && i < limit; ++i) {
    json.BeginObject();
    json.Field("name", statistics[i].name());
    json.Key("value");
    json.Uint(statistics[i].value());
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace

std::string RulesToJson(const thanos::RuleGroups& groups) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Key("groups");
  json.BeginArray();
  for (const thanos::RuleGroup& group : groups.groups()) WriteGroup(json, group);
  json.EndArray();
  json.EndObject();
  return text;
}

std::string AlertsToJson(const thanos::RuleGroups& groups) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Key("alerts");
  json.BeginArray();
  for (const thanos::RuleGroup& group : groups.groups()) {
    for (const thanos::Rule& rule : group.rules()) {
      for (const thanos::AlertInstance& alert : rule.alert().alerts()) WriteAlertInstance(json, alert);
    }
  }
  json.EndArray();
  json.EndObject();
  return text;
}

std::string TargetsToJson(const thanos::TargetDiscovery& targets) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Key("activeTargets");
  json.BeginArray();
  for (const thanos::ActiveTarget& target : targets.active_targets()) WriteTarget(json, target);
  json.EndArray();
  json.Key("droppedTargets");
  json.BeginArray();
  for (const thanos::DroppedTarget& target : targets.dropped_targets()) {
    json.BeginObject();
    LabelsField(json, "discoveredLabels", target.discovered_labels());
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return text;
}

std::string MetadataToJson(const thanos::MetricMetadata& metadata) {
  std::map<std::string_view, const thanos::MetricMetadataEntry*> by_name;  // as Go orders the keys of a map
  for (const auto& [name, entry] : metadata.metadata()) by_name.emplace(name, &entry);
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  for (const auto& [name, entry] : by_name) {
    json.Key(name);
    json.BeginArray();
    for (const thanos::Meta& meta : entry->metas()) {
      json.BeginObject();
      json.Field("type", meta.type());
      json.Field("help", meta.help());
      json.Field("unit", meta.unit());
      json.EndObject();
    }
    json.EndArray();
  }
  json.EndObject();
  return text;
}

std::string ExemplarsToJson(const std::vector<thanos::ExemplarData>& series) {
  std::string text;
  JsonWriter json(text);
  json.BeginArray();
  for (const thanos::ExemplarData& data : series) {
    json.BeginObject();
    LabelsField(json, "seriesLabels", data.series_labels());
    json.Key("exemplars");
    json.BeginArray();
    for (const thanos::Exemplar& exemplar : data.exemplars()) WriteExemplar(json, exemplar);
    json.EndArray();
    json.EndObject();
  }
  json.EndArray();
  return text;
}

std::string StatisticsToJson(const thanos::TSDBStatisticsEntry& entry, int limit) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Key("headStats");
  json.BeginObject();
  const thanos::HeadStatistics& head = entry.head_statistics();
  json.Key("numSeries");
  json.Uint(head.num_series());
  json.Field("numLabelPairs", head.num_label_pairs());
  json.Field("chunkCount", head.chunk_count());
  json.Field("minTime", head.min_time());
  json.Field("maxTime", head.max_time());
  json.EndObject();
  WriteStatistics(json, "seriesCountByMetricName", entry.series_count_by_metric_name(), limit);
  WriteStatistics(json, "labelValueCountByLabelName", entry.label_value_count_by_label_name(), limit);
  WriteStatistics(json, "memoryInBytesByLabelName", entry.memory_in_bytes_by_label_name(), limit);
  WriteStatistics(json, "seriesCountByLabelValuePair", entry.series_count_by_label_value_pair(), limit);
  json.EndObject();
  return text;
}

std::string EndpointsToJson(const std::vector<EndpointStatus>& endpoints) {
  std::map<std::string_view, std::vector<const EndpointStatus*>> by_component;
  for (const EndpointStatus& endpoint : endpoints) {
    if (!endpoint.component.empty()) by_component[endpoint.component].push_back(&endpoint);
  }
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  for (const auto& [component, members] : by_component) {
    json.Key(component);
    json.BeginArray();
    for (const EndpointStatus* endpoint : members) WriteEndpoint(json, *endpoint);
    json.EndArray();
  }
  json.EndObject();
  return text;
}

}  // namespace varve
