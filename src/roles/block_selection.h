// Which blocks of a bucket a command is about: by time, and by relabelling of their external labels.
// Source: thanos cmd/thanos, --min-time, --max-time, --selector.relabel-config.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "blocks/meta_filter.h"
#include "roles/command_line.h"
#include "roles/time_flag.h"

namespace varve {

struct BlockSelection {
  TimeFlag min_time = kBeginningOfTime, max_time = kEndOfTime;
  std::string relabel;  // YAML, may name environment variables

  QueryRange Range(Clock& clock) const;
  absl::StatusOr<RelabelRules> Rules() const;
};

void AddTimeFlags(CommandLine& flags, BlockSelection& selection);
void AddRelabelFlags(CommandLine& flags, BlockSelection& selection);

using MetaFilters = std::vector<std::unique_ptr<MetaFilter>>;
// First the time, then the labels. `selection` and `clock` outlive the filters.
absl::StatusOr<MetaFilters> SelectionFilters(const BlockSelection& selection, Clock& clock);

}  // namespace varve
