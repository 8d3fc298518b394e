#include "promql/engine/group_table.h"

#include <utility>

#include "base/status_macros.h"

namespace varve::promql {

GroupTable::Group& GroupTable::FindOrAdd(const Labels& labels) {
  const uint32_t number = labels_.FindOrAdd(labels);
  if (number == groups_.size()) groups_.emplace_back();
  return groups_[number];
}

absl::Status GroupTable::CountMemory(int64_t bytes_before, const Group& group) {
  const int64_t grown = group.accumulator->heap_bytes() - bytes_before;
  if (grown <= 0) return absl::OkStatus();
  const auto samples = bytes_before == 0 ? static_cast<int64_t>(aggregation_->steps) : 0;
  return held_->Add(samples, grown);
}

absl::Status GroupTable::Add(const StepSeries& series, Annotations& annotations) {
  Group& group = FindOrAdd(series.labels);
  const int64_t before = group.accumulator == nullptr ? 0 : group.accumulator->heap_bytes();
  if (group.accumulator == nullptr) group.accumulator = NewAccumulator(*aggregation_);
  group.drop_name |= series.drop_name;
  group.accumulator->Add(series, annotations);
  return CountMemory(before, group);
}

absl::Status GroupTable::Merge(GroupTable& later, Annotations& annotations) {
  for (uint32_t i = 0; i < later.groups_.size(); ++i) {
    Group& from = later.groups_[i];
    Group& group = FindOrAdd(later.labels_.LabelsOf(i));
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
  out.labels = labels_.LabelsOf(static_cast<uint32_t>(group));
  out.drop_name = from.drop_name;
}

}  // namespace varve::promql
