// The groups of an aggregation, or of one tile of it, each with its accumulator, in the order in which they first came.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <vector>

#include "promql/engine/accumulator.h"
#include "promql/engine/grouping.h"
#include "promql/engine/query_state.h"

namespace varve::promql {

class GroupTable {
 public:
  GroupTable(QueryState& query, const Aggregation& aggregation, const Grouping& grouping, MemoryBudget* memory)
      : aggregation_(&aggregation), grouping_(&grouping), held_(std::make_unique<HeldSamples>(query, memory)) {}

  absl::Status Add(const StepSeries& series, Annotations& annotations);
  // Takes over the groups of `later`, whose series all come after ours.
  absl::Status Merge(GroupTable& later, Annotations& annotations);

  size_t size() const { return groups_.size(); }
  // Sets `out` to the result of one group; once for each.
  void Finish(size_t group, StepSeries& out, Annotations& annotations);

 private:
  struct Group {
    Labels labels;
    bool drop_name = false;
    AccumulatorPtr accumulator;
  };

  // The group of `labels`; made if `labels` are the first of it.
  size_t Find(const Labels& labels);
  absl::Status CountMemory(int64_t bytes_before, const Group& group);

  const Aggregation* aggregation_;
  const Grouping* grouping_;
  std::unique_ptr<HeldSamples> held_;
  std::vector<Group> groups_;
  absl::flat_hash_map<uint64_t, absl::InlinedVector<uint32_t, 1>> by_hash_;
};

}  // namespace varve::promql
