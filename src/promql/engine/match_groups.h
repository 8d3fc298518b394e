// The "one" side of a vector match: its series by match group, and what has been matched of each group so far.
#pragma once

#include <absl/container/inlined_vector.h>

#include <vector>

#include "promql/engine/label_groups.h"
#include "promql/engine/operator.h"

namespace varve::promql {

class MatchGroups {
 public:
  struct Group {
    uint32_t number;
    absl::InlinedVector<uint32_t, 1> members;  // indexes of series(); more than one if they take turns
    StepMask present;                          // of any member
    StepMask conflicts;                        // where two members have a sample
    StepMask matched;                          // by the many side
  };

  MatchGroups(const VectorMatching& matching, size_t steps)
      : signatures_(Grouping(matching.labels, !matching.on)), steps_(steps), conflicts_(steps) {}

  absl::Status Read(const Context& ctx, Operator& input, HeldSamples& held);
  Group* Find(const Labels& labels);
  Group& FindOrAdd(const Labels& labels);
  std::vector<StepSeries>& series() { return series_; }
  // The labels that the members of a group have in common.
  const Labels& LabelsOf(const Group& group) const { return signatures_.LabelsOf(group.number); }

  // FailedPrecondition if any group has two samples at a step of `steps`. `side` is "left" or "right".
  absl::Status CheckUnique(const StepMask& steps, std::string_view side) const;
  absl::Status CheckUnique(const Group& group, const StepMask& steps, std::string_view side) const;

 private:
  LabelGroups signatures_;
  const size_t steps_;
  StepMask conflicts_;  // of all groups
  std::vector<StepSeries> series_;
  std::vector<Group> groups_;
};

}  // namespace varve::promql
