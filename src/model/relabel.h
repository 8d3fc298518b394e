// Relabelling: rules that rewrite a label set or drop it.
//
// Shape    a rule joins the values of its source labels, matches the whole text with its regex and acts. What its templates ($1,
//          ${name}) ask for is worked out once, at construction.
// Errors   InvalidArgument in Prometheus' words for a rule that makes no sense; applying a rule cannot fail.
// Threads  rules are immutable; share freely.
// Source   prometheus model/relabel; facts in Prometheus' configuration docs, <relabel_config>.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.h"
#include "model/labels.h"
#include "model/names.h"

namespace varve {

enum class RelabelAction {
  kReplace,
  kKeep,
  kDrop,
  kKeepEqual,
  kDropEqual,
  kHashMod,
  kLabelMap,
  kLabelDrop,
  kLabelKeep,
  kLowercase,
  kUppercase,
};

class RelabelRule {
 public:
  struct Config {  // defaults are Prometheus'
    std::vector<std::string> source_labels;
    std::string separator = ";";
    std::string regex = "(.*)";
    uint64_t modulus = 0;
    std::string target_label;
    std::string replacement = "$1";
    RelabelAction action = RelabelAction::kReplace;
    NameScheme name_scheme = NameScheme::kUtf8;  // of the labels it may write
  };
  static absl::StatusOr<RelabelRule> Make(Config config);  // InvalidArgument with Prometheus' words
  const Config& config() const { return config_; }
  // Changes `labels`; false drops the target.
  bool Apply(LabelsBuilder& labels) const;

 private:
  struct Compiled;
  RelabelRule() = default;
  void Replace(std::string_view value, LabelsBuilder& labels) const;
  void MapLabels(LabelsBuilder& labels) const;
  void DropLabels(bool matching, LabelsBuilder& labels) const;

  Config config_;
  std::shared_ptr<const Compiled> compiled_;
};

using RelabelRules = std::vector<RelabelRule>;

// The rules of a YAML list of <relabel_config>, as in Prometheus; a null node is an empty list.
absl::StatusOr<RelabelRules> ParseRelabelRules(const YamlNode& list, NameScheme scheme = NameScheme::kUtf8);
absl::StatusOr<RelabelRules> ParseRelabelRules(std::string_view yaml);
// What Thanos allows to select blocks and endpoints: keep, drop, hashmod; other actions are refused.
absl::StatusOr<RelabelRules> ParseSelectorRelabelRules(std::string_view yaml);

std::string_view ToString(RelabelAction action);  // replace, keep, ...

// Applies all rules in order; false, or nothing, if one of them drops the set.
bool Relabel(LabelsBuilder& labels, const RelabelRules& rules);
std::optional<Labels> Relabel(const Labels& labels, const RelabelRules& rules);

}  // namespace varve
