#include "promql/engine/match_groups.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve::promql {

MatchGroups::Group* MatchGroups::Find(const Labels& labels) {
  const std::optional<uint32_t> group = signatures_.Find(labels);
  return group.has_value() ? &groups_[*group] : nullptr;
}

MatchGroups::Group& MatchGroups::FindOrAdd(const Labels& labels) {
  const uint32_t group = signatures_.FindOrAdd(labels);
  if (group == groups_.size()) {
    groups_.push_back({.number = group,
                       .members = {},
                       .present = StepMask(steps_),
                       .conflicts = StepMask(steps_),
                       .matched = StepMask(steps_)});
  }
  return groups_[group];
}

absl::Status MatchGroups::Read(const Context& ctx, Operator& input, HeldSamples& held) {
  VARVE_ASSIGN_OR_RETURN(series_, Drain(ctx, input, held));
  for (uint32_t i = 0; i < series_.size(); ++i) {
    Group& group = FindOrAdd(series_[i].labels);
    group.members.push_back(i);
    StepMask both = group.present;
    both &= series_[i].present;
    group.conflicts |= both;
    group.present |= series_[i].present;
    conflicts_ |= both;
  }
  return absl::OkStatus();
}

absl::Status MatchGroups::CheckUnique(const StepMask& steps, std::string_view side) const {
  if (!conflicts_.Intersects(steps)) return absl::OkStatus();
  for (const Group& group : groups_) VARVE_RETURN_IF_ERROR(CheckUnique(group, steps, side));
  return absl::OkStatus();
}

absl::Status MatchGroups::CheckUnique(const Group& group, const StepMask& steps, std::string_view side) const {
  StepMask conflicts = group.conflicts;
  conflicts &= steps;
  const size_t step = conflicts.First();
  if (step == conflicts.size()) return absl::OkStatus();
  std::vector<const StepSeries*> meeting;
  for (const uint32_t member : group.members) {
    if (series_[member].present.Test(step)) meeting.push_back(&series_[member]);
  }
  std::string first = meeting[0]->labels.ToString(), second = meeting[1]->labels.ToString();
  if (first > second) std::swap(first, second);
  return FailedPrecondition(
      "found duplicate series for the match group {} on the {} hand-side of the operation: [{}, {}];many-to-many matching not "
      "allowed: matching labels must be unique on one side",
      LabelsOf(group).ToString(), side, first, second);
}

}  // namespace varve::promql
