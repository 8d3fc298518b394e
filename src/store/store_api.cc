#include "store/store_api.h"

#include <absl/strings/cord.h>

#include <algorithm>

#include "base/hash.h"
#include "runtime/memory_budget.h"

namespace varve {
namespace {

bool Contradicts(const Labels& external, const Matcher& matcher) {
  return external.Has(matcher.name()) && !matcher.Matches(external.Get(matcher.name()));
}

}  // namespace

bool ShardInfo::Contains(const Labels& series) const {
  if (total <= 1) return true;
  std::string hashed;
  for (const LabelView& label : series) {
    if ((std::find(labels.begin(), labels.end(), label.name) != labels.end()) != by) continue;
    hashed.append(label.name).push_back('\xff');
    hashed.append(label.value).push_back('\xff');
  }
  return XxHash64(hashed) % static_cast<uint64_t>(total) == static_cast<uint64_t>(index);
}

absl::Status AsOwnLimit(absl::Status status) {
  status.SetPayload(kOwnLimitPayload, absl::Cord());
  return status;
}

bool IsOwnLimit(const absl::Status& status) { return status.GetPayload(kOwnLimitPayload).has_value(); }

bool LabelSetsMayMatch(const std::vector<Labels>& label_sets, const Matchers& matchers) {
  if (label_sets.empty()) return true;
  return std::any_of(label_sets.begin(), label_sets.end(), [&](const Labels& external) {
    return std::none_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) { return Contradicts(external, matcher); });
  });
}

std::optional<Matchers> MatchersWithout(const Labels& external, const Matchers& matchers) {
  Matchers remaining;
  for (const Matcher& matcher : matchers) {
    if (Contradicts(external, matcher)) return std::nullopt;
    if (!external.Has(matcher.name())) remaining.push_back(matcher);
  }
  return remaining;
}

Labels WithExternalLabels(const Labels& series, const Labels& external, const std::vector<std::string>& without) {
  LabelsBuilder builder(series);
  for (const LabelView& label : external) builder.Set(label.name, label.value);
  for (const std::string& name : without) builder.Del(name);
  return builder.Build();
}

}  // namespace varve
