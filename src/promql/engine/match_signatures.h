// on (...) and ignoring (...): numbers for the groups of series that a binary operation matches with each other.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/inlined_vector.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "promql/ast.h"
#include "promql/engine/grouping.h"

namespace varve::promql {

class MatchSignatures {
 public:
  explicit MatchSignatures(const VectorMatching& matching) : grouping_(matching.labels, !matching.on) {}

  // The number of the match group of `labels`; 0, 1, 2, ... as they first come.
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
