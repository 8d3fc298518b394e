#include "roles/block_selection.h"

#include "base/status_macros.h"
#include "objstore/env_expansion.h"

namespace varve {

QueryRange BlockSelection::Range(Clock& clock) const {
  const TimestampMs now = clock.NowMs();
  return {min_time.Resolve(now), max_time.Resolve(now)};
}

absl::StatusOr<RelabelRules> BlockSelection::Rules() const {
  VARVE_ASSIGN_OR_RETURN(const std::string yaml, ExpandEnv(relabel));
  return ParseSelectorRelabelRules(yaml);
}

void AddTimeFlags(CommandLine& flags, BlockSelection& selection) {
  flags.Time("min-time", selection.min_time,
             "Blocks that end before are left out: RFC 3339, or a distance from now such as -6w.");
  flags.Time("max-time", selection.max_time, "Blocks that begin after are left out.");
}

void AddRelabelFlags(CommandLine& flags, BlockSelection& selection) {
  flags.PathOrContent("selector.relabel-config", selection.relabel,
                      "Relabelling (keep, drop, hashmod) over external labels and __block_id: which blocks are looked at.");
}

absl::StatusOr<MetaFilters> SelectionFilters(const BlockSelection& selection, Clock& clock) {
  VARVE_ASSIGN_OR_RETURN(RelabelRules rules, selection.Rules());
  MetaFilters filters;
  filters.push_back(NewTimeRangeFilter([&selection, &clock] { return selection.Range(clock); }));
  filters.push_back(NewLabelShardFilter(std::move(rules)));
  return filters;
}

}  // namespace varve
