// Numbers for groups of series: those that an aggregation puts together, or that a binary operation matches with each other.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/inlined_vector.h>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "promql/engine/grouping.h"

namespace varve::promql {

class LabelGroups {
 public:
  explicit LabelGroups(Grouping grouping) : grouping_(std::move(grouping)) {}

  // The number of the group of `labels`; 0, 1, 2, ... as they first come.
  uint32_t FindOrAdd(const Labels& labels);
  std::optional<uint32_t> Find(const Labels& labels) const;
  size_t size() const { return groups_.size(); }
  // The labels that all members of a group have in common.
  const Labels& LabelsOf(uint32_t group) const { return groups_[group]; }

 private:
  Grouping grouping_;
  std::vector<Labels> groups_;
  absl::flat_hash_map<uint64_t, absl::InlinedVector<uint32_t, 1>> by_hash_;
};

}  // namespace varve::promql
