// Relabelling: rules that rewrite a label set or drop it.
//
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
  };
  static absl::StatusOr<RelabelRule> Make(Config config);  // InvalidArgument with Prometheus' words
  const Config& config() const { return config_; }
  // Changes `labels`; false drops the target.
  bool Apply(LabelsBuilder& labels) const;

 private:
  struct Compiled;
  Config config_;
  std::shared_ptr<const Compiled> compiled_;
};

using RelabelRules = std::vector<RelabelRule>;

// The rules of a YAML list of <relabel_config>, as in Prometheus.
absl::StatusOr<RelabelRules> ParseRelabelRules(const YamlNode& list);
absl::StatusOr<RelabelRules> ParseRelabelRules(std::string_view yaml);
// What Thanos allows to select blocks and endpoints: keep, drop, hashmod; other actions are refused.
absl::StatusOr<RelabelRules> ParseSelectorRelabelRules(std::string_view yaml);

// Applies all rules in order; nothing if the set is dropped.
std::optional<Labels> Relabel(const Labels& labels, const RelabelRules& rules);

}  // namespace varve
