#include <algorithm>

#include "model/labels.h"

namespace varve {
namespace {

constexpr auto kNameBefore = [](const auto& pair, std::string_view name) { return std::string_view(pair.first) < name; };

}  // namespace

void LabelsBuilder::Reset(const Labels& base) {
  pairs_.clear();
  for (const LabelView& label : base) pairs_.emplace_back(label.name, label.value);
}

void LabelsBuilder::Set(std::string_view name, std::string_view value) {
  if (value.empty()) return Del(name);
  const auto at = std::lower_bound(pairs_.begin(), pairs_.end(), name, kNameBefore);
  if (at != pairs_.end() && at->first == name) {
    at->second.assign(value);
  } else {
    pairs_.emplace(at, name, value);
  }
}

void LabelsBuilder::Del(std::string_view name) {
  const auto at = std::lower_bound(pairs_.begin(), pairs_.end(), name, kNameBefore);
  if (at != pairs_.end() && at->first == name) pairs_.erase(at);
}

void LabelsBuilder::Keep(std::span<const std::string> names) {
  DelIf([names](std::string_view name, std::string_view) { return std::find(names.begin(), names.end(), name) == names.end(); });
}

std::string_view LabelsBuilder::Get(std::string_view name) const {
  const auto at = std::lower_bound(pairs_.begin(), pairs_.end(), name, kNameBefore);
  return at != pairs_.end() && at->first == name ? std::string_view(at->second) : std::string_view();
}

Labels LabelsBuilder::Build() const {
  std::vector<LabelView> views;
  views.reserve(pairs_.size());
  for (const auto& [name, value] : pairs_) views.push_back({name, value});
  return Labels::FromSorted(views);
}

}  // namespace varve
