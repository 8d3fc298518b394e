#include "promql/engine/group_table.h"

#include <utility>

#include "base/status_macros.h"

namespace varve::promql {

size_t GroupTable::Find(const Labels& labels) {
  absl::InlinedVector<uint32_t, 1>& candidates = by_hash_[grouping_->Hash(labels)];
  for (const uint32_t i : candidates) {
    if (grouping_->SameGroup(groups_[i].labels, labels)) return i;
  }
  candidates.push_back(static_cast<uint32_t>(groups_.size()));
  groups_.push_back({.labels = grouping_->LabelsOf(labels), .accumulator = nullptr});
  return groups_.size() - 1;
}

absl::Status GroupTable::CountMemory(int64_t bytes_before, const Group& group) {
  const int64_t grown = group.accumulator->heap_bytes() - bytes_before;
  if (grown <= 0) return absl::OkStatus();
  const auto samples = bytes_before == 0 ? static_cast<int64_t>(aggregation_->steps) : 0;
  return held_->Add(samples, grown);
}

absl::Status GroupTable::Add(const StepSeries& series, Annotations& annotations) {
  Group& group = groups_[Find(series.labels)];
  const int64_t before = group.accumulator == nullptr ? 0 : group.accumulator->heap_bytes();
  if (group.accumulator == nullptr) group.accumulator = NewAccumulator(*aggregation_);
  group.drop_name |= series.drop_name;
  group.accumulator->Add(series, annotations);
  return CountMemory(before, group);
}

absl::Status GroupTable::Merge(GroupTable& later, Annotations& annotations) {
  for (Group& from : later.groups_) {
    Group& group = groups_[Find(from.labels)];
    group.drop_name |= from.drop_name;
    const int64_t before = group.accumulator == nullptr ? 0 : group.accumulator->heap_bytes();
    if (group.accumulator == nullptr) {
      group.accumulator = std::move(from.accumulator);
    } else {
      group.accumulator->Merge(*from.accumulator, annotations);
    }
    VARVE_RETURN_IF_ERROR(CountMemory(before, group));
  }
  return absl::OkStatus();
}

void GroupTable::Finish(size_t group, StepSeries& out, Annotations& annotations) {
  Group& from = groups_[group];
  out.Reset(aggregation_->steps);
  from.accumulator->Finish(out, annotations);
  from.accumulator.reset();
  out.labels = std::move(from.labels);
  out.drop_name = from.drop_name;
}

}  // namespace varve::promql
