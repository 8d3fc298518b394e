#include "roles/tools/rewrite_config.h"

#include "base/errors.h"
#include "base/status_macros.h"
#include "base/yaml.h"
#include "promql/parser.h"

namespace varve {
namespace {

absl::Status ReadIntervals(const YamlNode& list, DeletedIntervals& intervals) {
  if (!list.is_sequence()) return InvalidArgument("line {}: intervals is not a list", list.line());
  for (const YamlNode& item : list.items()) {
    QueryRange& interval = intervals.emplace_back(QueryRange{0, 0});
    YamlMap map(item, "interval");
    map.Read("mint", interval.min);
    map.Read("maxt", interval.max_inclusive);
    VARVE_RETURN_IF_ERROR(map.Finish());
    if (interval.min > interval.max_inclusive) {
      return InvalidArgument("line {}: the interval ends at {}, before it begins at {}", item.line(), interval.max_inclusive,
                             interval.min);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<DeletionRequest>> ParseDeletionRequests(std::string_view yaml) {
  VARVE_ASSIGN_OR_RETURN(const YamlNode list, YamlNode::Parse(yaml));
  std::vector<DeletionRequest> deletions;
  if (list.is_null()) return deletions;
  if (!list.is_sequence()) return InvalidArgument("the deletion requests are not a list");
  for (const YamlNode& item : list.items()) {
    DeletionRequest& deletion = deletions.emplace_back();
    std::string matchers;
    YamlMap map(item, "deletion request");
    map.Read("matchers", matchers);
    map.Read("request_id", deletion.id);
    const YamlNode* intervals = map.Child("intervals");
    VARVE_RETURN_IF_ERROR(map.Finish());
    if (matchers.empty()) return InvalidArgument("line {}: a deletion request without matchers", item.line());
    const auto parsed = promql::ParseMetricSelector(matchers);
    if (!parsed.ok()) return Annotate(parsed.status(), "line {}: matchers", item.line());
    if (parsed->empty()) return InvalidArgument("line {}: {} matches every series; name a label", item.line(), matchers);
    deletion.matchers = *parsed;
    if (intervals != nullptr) VARVE_RETURN_IF_ERROR(ReadIntervals(*intervals, deletion.intervals));
  }
  return deletions;
}

absl::StatusOr<SeriesChanges> ParseSeriesChanges(std::string_view deletions_yaml, std::string_view relabels_yaml) {
  SeriesChanges changes;
  auto deletions = ParseDeletionRequests(deletions_yaml);
  if (!deletions.ok()) return Annotate(deletions.status(), "--rewrite.to-delete-config");
  auto relabels = ParseRelabelRules(relabels_yaml);
  if (!relabels.ok()) return Annotate(relabels.status(), "--rewrite.to-relabel-config");
  changes = {.relabels = *std::move(relabels), .deletions = *std::move(deletions)};
  if (changes.empty()) {
    return FailedPrecondition("nothing to rewrite: give --rewrite.to-delete-config or --rewrite.to-relabel-config");
  }
  return changes;
}

}  // namespace varve
