// Relabelling rules from YAML.
#include <absl/strings/ascii.h>

#include <array>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "model/quote.h"
#include "model/relabel.h"

namespace varve {
namespace {

constexpr std::array<std::pair<RelabelAction, std::string_view>, 11> kActions = {{
    {RelabelAction::kReplace, "replace"},
    {RelabelAction::kKeep, "keep"},
    {RelabelAction::kDrop, "drop"},
    {RelabelAction::kKeepEqual, "keepequal"},
    {RelabelAction::kDropEqual, "dropequal"},
    {RelabelAction::kHashMod, "hashmod"},
    {RelabelAction::kLabelMap, "labelmap"},
    {RelabelAction::kLabelDrop, "labeldrop"},
    {RelabelAction::kLabelKeep, "labelkeep"},
    {RelabelAction::kLowercase, "lowercase"},
    {RelabelAction::kUppercase, "uppercase"},
}};

absl::StatusOr<RelabelAction> ParseAction(const std::string& text) {
  const std::string lower = absl::AsciiStrToLower(text);
  for (const auto& [action, name] : kActions) {
    if (name == lower) return action;
  }
  return InvalidArgument("unknown relabel action {}", Quoted(text));
}

absl::StatusOr<RelabelRule> ParseRule(const YamlNode& node, NameScheme scheme) {
  RelabelRule::Config config{.name_scheme = scheme};
  std::string action(ToString(config.action));
  YamlMap map(node, "relabel_config");
  map.Read("source_labels", config.source_labels);
  map.Read("separator", config.separator);
  map.Read("regex", config.regex);
  map.Read("modulus", config.modulus);
  map.Read("target_label", config.target_label);
  map.Read("replacement", config.replacement);
  map.Read("action", action);
  VARVE_RETURN_IF_ERROR(map.Finish());
  VARVE_ASSIGN_OR_RETURN(config.action, ParseAction(action));
  for (const std::string& label : config.source_labels) {
    if (!IsValidLabelName(label, scheme)) return InvalidArgument("{} is not a valid label name", Quoted(label));
  }
  absl::StatusOr<RelabelRule> rule = RelabelRule::Make(std::move(config));
  if (!rule.ok()) return Annotate(rule.status(), "relabel_config (line {})", node.line());
  return rule;
}

}  // namespace

std::string_view ToString(RelabelAction action) {
  for (const auto& [known, name] : kActions) {
    if (known == action) return name;
  }
  return "unknown";
}

absl::StatusOr<RelabelRules> ParseRelabelRules(const YamlNode& list, NameScheme scheme) {
  RelabelRules rules;
  if (list.is_null()) return rules;
  if (!list.is_sequence()) return InvalidArgument("relabel configuration (line {}): expected a list of rules", list.line());
  for (const YamlNode& item : list.items()) {
    VARVE_ASSIGN_OR_RETURN(RelabelRule rule, ParseRule(item, scheme));
    rules.push_back(std::move(rule));
  }
  return rules;
}

absl::StatusOr<RelabelRules> ParseRelabelRules(std::string_view yaml) {
  const absl::StatusOr<YamlNode> root = YamlNode::Parse(yaml);
  if (!root.ok()) return Annotate(root.status(), "parsing relabel configuration");
  absl::StatusOr<RelabelRules> rules = ParseRelabelRules(*root);
  if (!rules.ok()) return Annotate(rules.status(), "parsing relabel configuration");
  return rules;
}

absl::StatusOr<RelabelRules> ParseSelectorRelabelRules(std::string_view yaml) {
  VARVE_ASSIGN_OR_RETURN(RelabelRules rules, ParseRelabelRules(yaml));
  for (const RelabelRule& rule : rules) {
    const RelabelAction action = rule.config().action;
    if (action != RelabelAction::kKeep && action != RelabelAction::kDrop && action != RelabelAction::kHashMod) {
      return InvalidArgument("unsupported relabel action: {}", ToString(action));
    }
  }
  return rules;
}

}  // namespace varve
