#include "model/relabel.h"

#include <absl/container/inlined_vector.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "model/fast_regex.h"
#include "model/quote.h"
#include "model/regex_template.h"
#include "model/text_case.h"

namespace varve {

using Groups = absl::InlinedVector<re2::StringPiece, 8>;

struct RelabelRule::Compiled {
  std::shared_ptr<const FastRegex> regex;
  std::unique_ptr<const RE2> groups;  // the same expression, for what the templates refer to
  bool takes_all = false;             // the expression is (.*), the default
  RegexTemplate target, replacement;

  // Fills the groups of a match of the whole text, as far as the templates refer to them.
  bool Match(std::string_view text, int group_max, Groups& out) const {
    out.assign(static_cast<size_t>(group_max + 1), re2::StringPiece(text.data(), text.size()));
    if (takes_all) return true;
    if (!regex->Matches(text)) return false;
    return group_max < 0 || FullMatch(*groups, text, std::span(out.data(), out.size()));
  }
};

namespace {

using Action = RelabelAction;
using Config = RelabelRule::Config;

const Config kDefaults;

bool IsOneOf(Action action, std::initializer_list<Action> actions) {
  return std::find(actions.begin(), actions.end(), action) != actions.end();
}

bool HasVariables(std::string_view text) { return text.find('$') != std::string_view::npos; }

// What the legacy scheme allows where variables may stand: names, $1, ${name}.
bool IsLegacyNameTemplate(std::string_view text) {
  static const RE2* const pattern = new RE2(R"((?:(?:[a-zA-Z_]|\$(?:\{\w+\}|\w+))+\w*)+)", RE2::Quiet);
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *pattern);
}

bool IsNameTemplate(const Config& config, std::string_view text) {
  return config.name_scheme == NameScheme::kUtf8 ? IsValidLabelName(text) : IsLegacyNameTemplate(text);
}

bool IsTargetLabel(const Config& config) {
  if (config.action == Action::kReplace && HasVariables(config.target_label)) return IsNameTemplate(config, config.target_label);
  return IsValidLabelName(config.target_label, config.name_scheme);
}

// The fields that keepequal, dropequal, labeldrop and labelkeep all have no use for.
bool HasOtherFields(const Config& config) {
  return config.modulus != kDefaults.modulus || config.separator != kDefaults.separator ||
         config.replacement != kDefaults.replacement;
}

absl::Status Validate(const Config& config) {
  const Action action = config.action;
  if (action == Action::kHashMod && config.modulus == 0) {
    return InvalidArgument("relabel configuration for hashmod requires non-zero modulus");
  }
  if (IsOneOf(action, {Action::kReplace, Action::kHashMod, Action::kLowercase, Action::kUppercase, Action::kKeepEqual,
                       Action::kDropEqual})) {
    if (config.target_label.empty()) {
      return InvalidArgument("relabel configuration for {} action requires 'target_label' value", ToString(action));
    }
    if (!IsTargetLabel(config)) {
      return InvalidArgument("{} is invalid 'target_label' for {} action", Quoted(config.target_label), ToString(action));
    }
  }
  if (IsOneOf(action, {Action::kLowercase, Action::kUppercase, Action::kKeepEqual, Action::kDropEqual}) &&
      config.replacement != kDefaults.replacement) {
    return InvalidArgument("'replacement' can not be set for {} action", ToString(action));
  }
  if (action == Action::kLabelMap && !IsNameTemplate(config, config.replacement)) {
    return InvalidArgument("{} is invalid 'replacement' for {} action", Quoted(config.replacement), ToString(action));
  }
  if (IsOneOf(action, {Action::kKeepEqual, Action::kDropEqual}) && (HasOtherFields(config) || config.regex != kDefaults.regex)) {
    return InvalidArgument("{} action requires only 'source_labels' and `target_label`, and no other fields", ToString(action));
  }
  if (IsOneOf(action, {Action::kLabelDrop, Action::kLabelKeep}) &&
      (HasOtherFields(config) || !config.source_labels.empty() || !config.target_label.empty())) {
    return InvalidArgument("{} action requires only 'regex', and no other fields", ToString(action));
  }
  return absl::OkStatus();
}

// The values of the source labels, joined; `joined` holds the text if there is more than one.
std::string_view SourceValue(const Config& config, const LabelsBuilder& labels, std::string& joined) {
  if (config.source_labels.empty()) return {};
  if (config.source_labels.size() == 1) return labels.Get(config.source_labels[0]);
  for (size_t i = 0; i < config.source_labels.size(); ++i) {
    if (i > 0) joined.append(config.separator);
    joined.append(labels.Get(config.source_labels[i]));
  }
  return joined;
}

// Upstream reads only the last half of the MD5 sum, as its earlier versions did.
uint64_t HashForModulus(std::string_view text) {
  std::array<unsigned char, 16> digest{};
  unsigned size = 0;
  VARVE_CHECK(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr) == 1 && size == digest.size());
  uint64_t hash = 0;
  for (size_t i = 8; i < digest.size(); ++i) hash = hash << 8 | digest[i];
  return hash;
}

}  // namespace

absl::StatusOr<RelabelRule> RelabelRule::Make(Config config) {
  VARVE_RETURN_IF_ERROR(Validate(config));
  VARVE_ASSIGN_OR_RETURN(std::shared_ptr<const FastRegex> regex, FastRegex::Make(config.regex));
  VARVE_ASSIGN_OR_RETURN(std::unique_ptr<const RE2> groups, CompileRegex(config.regex));
  RegexTemplate target(config.target_label, *groups);
  RegexTemplate replacement(config.replacement, *groups);
  RelabelRule rule;
  rule.compiled_ = std::make_shared<const Compiled>(
      Compiled{std::move(regex), std::move(groups), config.regex == kDefaults.regex, std::move(target), std::move(replacement)});
  rule.config_ = std::move(config);
  return rule;
}

void RelabelRule::Replace(std::string_view value, LabelsBuilder& labels) const {
  Groups groups;
  const int group_max = std::max(compiled_->target.group_max(), compiled_->replacement.group_max());
  if (!compiled_->Match(value, group_max, groups)) return;
  const std::string target = compiled_->target.Expand(groups);
  if (IsValidLabelName(target, config_.name_scheme)) labels.Set(target, compiled_->replacement.Expand(groups));
}

void RelabelRule::MapLabels(LabelsBuilder& labels) const {
  labels.ForEach([&](std::string_view name, std::string_view value) {
    Groups groups;
    if (!compiled_->Match(name, compiled_->replacement.group_max(), groups)) return;
    labels.Set(compiled_->replacement.Expand(groups), value);
  });
}

void RelabelRule::DropLabels(bool matching, LabelsBuilder& labels) const {
  labels.DelIf([&](std::string_view name, std::string_view) { return compiled_->regex->Matches(name) == matching; });
}

bool RelabelRule::Apply(LabelsBuilder& labels) const {
  std::string joined;
  const std::string_view value = SourceValue(config_, labels, joined);
  switch (config_.action) {
    case Action::kKeep: return compiled_->regex->Matches(value);
    case Action::kDrop: return !compiled_->regex->Matches(value);
    case Action::kKeepEqual: return labels.Get(config_.target_label) == value;
    case Action::kDropEqual: return labels.Get(config_.target_label) != value;
    case Action::kReplace: Replace(value, labels); return true;
    case Action::kHashMod: labels.Set(config_.target_label, std::to_string(HashForModulus(value) % config_.modulus)); return true;
    case Action::kLabelMap: MapLabels(labels); return true;
    case Action::kLabelDrop: DropLabels(/*matching=*/true, labels); return true;
    case Action::kLabelKeep: DropLabels(/*matching=*/false, labels); return true;
    case Action::kLowercase: labels.Set(config_.target_label, ToLowerText(value)); return true;
    case Action::kUppercase: labels.Set(config_.target_label, ToUpperText(value)); return true;
  }
  VARVE_CHECK(false);
}

bool Relabel(LabelsBuilder& labels, const RelabelRules& rules) {
  return std::ranges::all_of(rules, [&labels](const RelabelRule& rule) { return rule.Apply(labels); });
}

std::optional<Labels> Relabel(const Labels& labels, const RelabelRules& rules) {
  if (rules.empty()) return labels;
  LabelsBuilder builder(labels);
  if (!Relabel(builder, rules)) return std::nullopt;
  return builder.Build();
}

}  // namespace varve
