#include "blocks/lifecycle/lifecycle_policy.h"

#include <algorithm>

#include "base/errors.h"
#include "base/json_value.h"
#include "base/status_macros.h"
#include "objstore/raw_chunks_mark.h"
#include "objstore/xml_reader.h"
#include "tsdb/rfc3339.h"

namespace varve {
namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr int64_t kDaysMax = 100 * 365;

absl::StatusOr<LifecycleMoment> AtAge(int64_t days) {
  if (days < 0 || days > kDaysMax) return InvalidArgument("lifecycle policy: {} days is no age of an object", days);
  return LifecycleMoment{.age_days = static_cast<int>(days), .date = std::nullopt};
}

absl::StatusOr<LifecycleMoment> AtDate(std::string_view text) {
  const bool whole = text.find('T') != std::string_view::npos;
  VARVE_ASSIGN_OR_RETURN(const TimestampMs date, ParseRfc3339(whole ? std::string(text) : fmt::format("{}T00:00:00Z", text)));
  return LifecycleMoment{.age_days = std::nullopt, .date = date};
}

absl::StatusOr<const StorageClass*> ClassOf(std::string_view name) {
  const StorageClass* found = FindStorageClass(name);
  if (found == nullptr) {
    return InvalidArgument("lifecycle policy: storage class {:?} is not known; known ones: {}", name, KnownStorageClasses());
  }
  return found;
}

absl::StatusOr<int64_t> NumberOf(std::string_view text) {
  int64_t number = 0;
  if (text.empty() || text.size() > 15) return InvalidArgument("lifecycle policy: {:?} is no number", text);
  for (const char c : text) {
    if (c < '0' || c > '9') return InvalidArgument("lifecycle policy: {:?} is no number", text);
    number = number * 10 + (c - '0');
  }
  return number;
}

// The keys of S3 are the same in XML and JSON, so both are read into this, and from it into rules.
struct S3Fields {
  LifecycleRule rule;
  std::string class_name;
  std::optional<LifecycleMoment> moment;  // of the transition or expiration being read

  absl::Status Read(std::string_view key, std::string_view text) {
    if (key == "ID" && !text.empty()) rule.id = text;
    if (key == "Status") rule.enabled = text == "Enabled";
    if (key == "Prefix" && !text.empty()) rule.prefixes = {std::string(text)};
    if (key == "StorageClass") class_name = text;
    if (key == "Days") {
      VARVE_ASSIGN_OR_RETURN(const int64_t days, NumberOf(text));
      VARVE_ASSIGN_OR_RETURN(moment, AtAge(days));
    }
    if (key == "Date") {
      VARVE_ASSIGN_OR_RETURN(moment, AtDate(text));
    }
    if (key == "ObjectSizeGreaterThan") {
      VARVE_ASSIGN_OR_RETURN(const int64_t size, NumberOf(text));
      rule.size_min = static_cast<uint64_t>(size) + 1;
    }
    if (key == "ObjectSizeLessThan") {
      VARVE_ASSIGN_OR_RETURN(const int64_t size, NumberOf(text));
      rule.size_max = static_cast<uint64_t>(std::max<int64_t>(size, 1)) - 1;
    }
    return absl::OkStatus();
  }

  // An object must have them all.
  void AddTag(std::string_view key, std::string_view value) {
    const bool ours = key == kRawChunksTagKey && value == kRawChunksTagValue;
    if (!ours) rule.tag = LifecycleRule::Tag::kOther;
    if (ours && rule.tag == LifecycleRule::Tag::kNone) rule.tag = LifecycleRule::Tag::kRawChunks;
  }
  void AddTag(const JsonValue& tag) { AddTag(tag["Key"].StringOr(""), tag["Value"].StringOr("")); }

  absl::Status EndTransition() {
    if (!moment.has_value()) return InvalidArgument("lifecycle policy: a transition of {:?} has neither Days nor Date", rule.id);
    VARVE_ASSIGN_OR_RETURN(const StorageClass* to, ClassOf(class_name));
    rule.transitions.push_back({*std::exchange(moment, std::nullopt), to});
    return absl::OkStatus();
  }
  void EndExpiration() {  // without a moment it is about delete markers, of buckets with versions
    if (moment.has_value()) rule.expiration = std::exchange(moment, std::nullopt);
  }
};

std::string NumberedId(size_t rules) { return fmt::format("rule {}", rules + 1); }

absl::StatusOr<LifecyclePolicy> ParseXml(std::string_view text) {
  LifecyclePolicy policy;
  S3Fields fields{.rule = {.id = NumberedId(0)}, .class_name = "", .moment = std::nullopt};
  bool is_policy = false;
  std::string tag_key;
  XmlReader xml(text);
  while (xml.Next()) {
    if (xml.at_start()) {
      is_policy = is_policy || xml.name() == "LifecycleConfiguration";
      continue;
    }
    if (xml.inside("NoncurrentVersionTransition") || xml.inside("NoncurrentVersionExpiration")) continue;
    if (xml.inside("Tag")) {
      if (xml.name() == "Key") tag_key = xml.text();
      if (xml.name() == "Value") fields.AddTag(tag_key, xml.text());
      continue;
    }
    if (xml.at_end_of("Transition")) {
      VARVE_RETURN_IF_ERROR(fields.EndTransition());
    } else if (xml.at_end_of("Expiration")) {
      fields.EndExpiration();
    } else if (xml.at_end_of("Rule")) {
      policy.rules.push_back(std::move(fields.rule));
      fields = {.rule = {.id = NumberedId(policy.rules.size())}, .class_name = "", .moment = std::nullopt};
    } else {
      VARVE_RETURN_IF_ERROR(fields.Read(xml.name(), xml.text()));
    }
  }
  VARVE_RETURN_IF_ERROR(Annotate(xml.status(), "lifecycle policy"));
  if (!is_policy) return InvalidArgument("lifecycle policy: the XML is no LifecycleConfiguration");
  return policy;
}

std::string TextOf(const JsonValue& value) {
  return value.is_integer() ? std::to_string(value.IntOr(0)) : std::string(value.StringOr(""));
}

absl::Status ReadScalars(const JsonValue& object, S3Fields& fields) {
  for (const auto& [key, value] : object.object()) {
    if (key == "Tag") fields.AddTag(value);
    if (key == "Tags") {
      for (const JsonValue& tag : value.array()) fields.AddTag(tag);
    }
    if (value.is_string() || value.is_integer()) VARVE_RETURN_IF_ERROR(fields.Read(key, TextOf(value)));
  }
  return absl::OkStatus();
}

absl::StatusOr<LifecycleRule> ParseS3Rule(const JsonValue& json, std::string id) {
  S3Fields fields{.rule = {.id = std::move(id)}, .class_name = "", .moment = std::nullopt};
  VARVE_RETURN_IF_ERROR(ReadScalars(json, fields));
  VARVE_RETURN_IF_ERROR(ReadScalars(json["Filter"], fields));
  VARVE_RETURN_IF_ERROR(ReadScalars(json["Filter"]["And"], fields));
  for (const JsonValue& transition : json["Transitions"].array()) {
    VARVE_RETURN_IF_ERROR(ReadScalars(transition, fields));
    VARVE_RETURN_IF_ERROR(fields.EndTransition());
  }
  VARVE_RETURN_IF_ERROR(ReadScalars(json["Expiration"], fields));
  fields.EndExpiration();
  return std::move(fields.rule);
}

std::vector<std::string> TextsOf(const JsonValue& array) {
  std::vector<std::string> texts;
  for (const JsonValue& value : array.array()) texts.emplace_back(value.StringOr(""));
  return texts;
}

// Conditions that are not known here narrow a rule further; without them it is seen as doing more than it does, not less.
absl::StatusOr<LifecycleRule> ParseGcsRule(const JsonValue& json, std::string id) {
  const JsonValue &action = json["action"], &condition = json["condition"];
  LifecycleRule rule{.id = std::move(id)};
  rule.prefixes = TextsOf(condition["matchesPrefix"]);
  rule.suffixes = TextsOf(condition["matchesSuffix"]);
  rule.enabled = condition["isLive"].BoolOr(true) && condition["numNewerVersions"].IntOr(0) == 0;
  LifecycleMoment when;
  const JsonValue& since_mark = condition["daysSinceCustomTime"];
  if (since_mark.is_integer() || condition["customTimeBefore"].is_string()) rule.tag = LifecycleRule::Tag::kRawChunks;
  if (since_mark.is_integer()) {
    VARVE_ASSIGN_OR_RETURN(when, AtAge(since_mark.IntOr(0)));
  } else if (const JsonValue& before = condition["customTimeBefore"]; before.is_string()) {
    VARVE_ASSIGN_OR_RETURN(when, AtDate(before.StringOr("")));
  } else if (const JsonValue& created = condition["createdBefore"]; created.is_string()) {
    VARVE_ASSIGN_OR_RETURN(when, AtDate(created.StringOr("")));
  } else {
    VARVE_ASSIGN_OR_RETURN(when, AtAge(condition["age"].IntOr(0)));
  }
  const std::string_view type = action["type"].StringOr("");
  if (type == "SetStorageClass") {
    VARVE_ASSIGN_OR_RETURN(const StorageClass* to, ClassOf(action["storageClass"].StringOr("")));
    rule.transitions.push_back({when, to});
  } else if (type == "Delete") {
    rule.expiration = when;
  } else if (type != "AbortIncompleteMultipartUpload") {
    return InvalidArgument("lifecycle policy: action {:?} of {} is not known", type, rule.id);
  }
  return rule;
}

}  // namespace

TimestampMs LifecycleMoment::For(TimestampMs written) const {
  return date.has_value() ? std::max(*date, written) : written + age_days.value_or(0) * kDayMs;
}

bool LifecycleRule::Matches(std::string_view name, uint64_t size, bool raw_chunks) const {
  if (!enabled || tag == Tag::kOther || size < size_min || size > size_max) return false;
  if (tag == Tag::kRawChunks && !raw_chunks) return false;
  const auto any = [](const std::vector<std::string>& of, const auto& matches) {
    return of.empty() || std::any_of(of.begin(), of.end(), matches);
  };
  return any(prefixes, [name](const std::string& one) { return name.starts_with(one); }) &&
         any(suffixes, [name](const std::string& one) { return name.ends_with(one); });
}

bool LifecycleRule::MatchesEverything() const {
  return enabled && tag == Tag::kNone && prefixes.empty() && suffixes.empty() && size_min == 0 && size_max == UINT64_MAX;
}

absl::StatusOr<LifecyclePolicy> ParseLifecyclePolicy(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == std::string_view::npos) return InvalidArgument("lifecycle policy: the text is empty");
  if (text[first] == '<') return ParseXml(text.substr(first));
  VARVE_ASSIGN_OR_RETURN(const JsonValue root, JsonValue::Parse(text.substr(first)));
  LifecyclePolicy policy;
  if (const JsonValue* rules = root.Find("Rules"); rules != nullptr && rules->is_array()) {
    for (const JsonValue& json : rules->array()) {
      VARVE_ASSIGN_OR_RETURN(LifecycleRule rule, ParseS3Rule(json, NumberedId(policy.rules.size())));
      policy.rules.push_back(std::move(rule));
    }
    return policy;
  }
  const JsonValue& gcs = root["lifecycle"].is_object() ? root["lifecycle"] : root;
  if (!gcs["rule"].is_array()) return InvalidArgument("lifecycle policy: neither Rules (S3) nor rule (GCS) is there");
  for (const JsonValue& json : gcs["rule"].array()) {
    VARVE_ASSIGN_OR_RETURN(LifecycleRule rule, ParseGcsRule(json, NumberedId(policy.rules.size())));
    policy.rules.push_back(std::move(rule));
  }
  return policy;
}

}  // namespace varve
