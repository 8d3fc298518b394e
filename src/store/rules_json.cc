// Prometheus' /api/v1/rules as messages.
#include "store/label_protos.h"
#include "store/rules_api.h"
#include "store/timestamp_protos.h"

namespace varve {
namespace {

thanos::AlertState StateOf(std::string_view name) {
  if (name == "firing") return thanos::FIRING;
  if (name == "pending") return thanos::PENDING;
  return name == "inactive" ? thanos::INACTIVE : thanos::UNKNOWN;
}

std::string TextOf(const JsonValue& value) { return std::string(value.StringOr("")); }

void ReadAlert(const JsonValue& json, thanos::Alert& alert) {
  alert.set_state(StateOf(json["state"].StringOr("")));
  alert.set_name(TextOf(json["name"]));
  alert.set_query(TextOf(json["query"]));
  alert.set_duration_seconds(json["duration"].DoubleOr(0));
  alert.set_keep_firing_for_seconds(json["keepFiringFor"].DoubleOr(0));
  SetLabels(LabelsOfJson(json["labels"]), alert.mutable_labels());
  SetLabels(LabelsOfJson(json["annotations"]), alert.mutable_annotations());
  alert.set_health(TextOf(json["health"]));
  alert.set_last_error(TextOf(json["lastError"]));
  alert.set_evaluation_duration_seconds(json["evaluationTime"].DoubleOr(0));
  SetTimestamp(json["lastEvaluation"].StringOr(""), alert.mutable_last_evaluation());
  for (const JsonValue& one : json["alerts"].array()) {
    thanos::AlertInstance* instance = alert.add_alerts();
    SetLabels(LabelsOfJson(one["labels"]), instance->mutable_labels());
    SetLabels(LabelsOfJson(one["annotations"]), instance->mutable_annotations());
    instance->set_state(StateOf(one["state"].StringOr("")));
    instance->set_value(TextOf(one["value"]));
    if (one["activeAt"].is_string()) SetTimestamp(one["activeAt"].StringOr(""), instance->mutable_active_at());
  }
}

void ReadRecording(const JsonValue& json, thanos::RecordingRule& rule) {
  rule.set_name(TextOf(json["name"]));
  rule.set_query(TextOf(json["query"]));
  SetLabels(LabelsOfJson(json["labels"]), rule.mutable_labels());
  rule.set_health(TextOf(json["health"]));
  rule.set_last_error(TextOf(json["lastError"]));
  rule.set_evaluation_duration_seconds(json["evaluationTime"].DoubleOr(0));
  SetTimestamp(json["lastEvaluation"].StringOr(""), rule.mutable_last_evaluation());
}

}  // namespace

std::vector<thanos::RuleGroup> RuleGroupsOfJson(const JsonValue& data) {
  std::vector<thanos::RuleGroup> groups;
  for (const JsonValue& json : data["groups"].array()) {
    thanos::RuleGroup& group = groups.emplace_back();
    group.set_name(TextOf(json["name"]));
    group.set_file(TextOf(json["file"]));
    group.set_interval(json["interval"].DoubleOr(0));
    group.set_limit(json["limit"].IntOr(0));
    group.set_evaluation_duration_seconds(json["evaluationTime"].DoubleOr(0));
    SetTimestamp(json["lastEvaluation"].StringOr(""), group.mutable_last_evaluation());
    if (json["partialResponseStrategy"].StringOr("") == "ABORT") group.set_partial_response_strategy(thanos::ABORT);
    for (const JsonValue& one : json["rules"].array()) {
      thanos::Rule* rule = group.add_rules();
      if (one["type"].StringOr("") == "alerting") {
        ReadAlert(one, *rule->mutable_alert());
      } else {
        ReadRecording(one, *rule->mutable_recording());
      }
    }
  }
  return groups;
}

}  // namespace varve
