// The two YAML files of `tools bucket rewrite`.
//
//   --rewrite.to-delete-config      a list of {matchers, intervals: [{mint, maxt}], request_id}, see blocks/rewrite/series_changes.h
//   --rewrite.to-relabel-config     a list of relabel configs
//
// Errors   InvalidArgument. A deletion without matchers is refused: it would mean everything.
// Source   thanos pkg/block/metadata/meta.go DeletionRequest.
#pragma once

#include <absl/status/statusor.h>

#include <string_view>

#include "blocks/rewrite/series_changes.h"

namespace varve {

absl::StatusOr<std::vector<DeletionRequest>> ParseDeletionRequests(std::string_view yaml);
// FailedPrecondition if neither says anything.
absl::StatusOr<SeriesChanges> ParseSeriesChanges(std::string_view deletions_yaml, std::string_view relabels_yaml);

}  // namespace varve
