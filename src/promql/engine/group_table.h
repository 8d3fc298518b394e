// The groups of an aggregation, or of one tile of it, each with its accumulator, in the order in which they first came.
#pragma once

#include <memory>
#include <vector>

#include "promql/engine/accumulator.h"
#include "promql/engine/label_groups.h"
#include "promql/engine/query_state.h"

namespace varve::promql {

class GroupTable {
 public:
  GroupTable(QueryState& query, const Aggregation& aggregation, const Grouping& grouping, MemoryBudget* memory)
      : aggregation_(&aggregation), labels_(grouping), held_(std::make_unique<HeldSamples>(query, memory)) {}

  absl::Status Add(const StepSeries& series, Annotations& annotations);
  // Takes over the groups of `later`, whose series all come after ours.
  absl::Status Merge(GroupTable& later, Annotations& annotations);

  size_t size() const { return groups_.size(); }
  // Sets `out` to the result of one group; once for each.
  void Finish(size_t group, StepSeries& out, Annotations& annotations);

 private:
  struct Group {
    bool drop_name = false;
    AccumulatorPtr accumulator;
  };

  Group& FindOrAdd(const Labels& labels);
  absl::Status CountMemory(int64_t bytes_before, const Group& group);

  const Aggregation* aggregation_;
  LabelGroups labels_;
  std::unique_ptr<HeldSamples> held_;
  std::vector<Group> groups_;  // by their number in labels_
};

}  // namespace varve::promql
