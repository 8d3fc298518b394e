#include "promql/engine/label_groups.h"

namespace varve::promql {

std::optional<uint32_t> LabelGroups::Find(const Labels& labels) const {
  const auto candidates = by_hash_.find(grouping_.Hash(labels));
  if (candidates == by_hash_.end()) return std::nullopt;
  for (const uint32_t group : candidates->second) {
    if (grouping_.SameGroup(groups_[group], labels)) return group;
  }
  return std::nullopt;
}

uint32_t LabelGroups::FindOrAdd(const Labels& labels) {
  if (const std::optional<uint32_t> known = Find(labels); known.has_value()) return *known;
  const auto group = static_cast<uint32_t>(groups_.size());
  groups_.push_back(grouping_.LabelsOf(labels));
  by_hash_[grouping_.Hash(labels)].push_back(group);
  return group;
}

}  // namespace varve::promql
