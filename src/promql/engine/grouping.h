// by (...) and without (...): which series of an aggregation belong together.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/labels.h"

namespace varve::promql {

class Grouping {
 public:
  Grouping(std::vector<std::string> names, bool without);

  // Equal for the series of a group; rarely equal for others, see SameGroup.
  uint64_t Hash(const Labels& labels) const;
  // True if `labels` belong to the group whose own labels are `group`.
  bool SameGroup(const Labels& group, const Labels& labels) const;
  // The labels of the group that `labels` belong to.
  Labels LabelsOf(const Labels& labels) const;

  std::string ToString() const;  // by (job), without (instance), or empty

 private:
  bool Keeps(std::string_view name) const;

  std::vector<std::string> names_;  // sorted, each once
  bool without_;
};

}  // namespace varve::promql
