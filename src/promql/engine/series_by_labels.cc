#include "promql/engine/series_by_labels.h"

#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve::promql {

absl::Status DuplicateLabelset() { return FailedPrecondition("vector cannot contain metrics with the same labelset"); }

size_t SeriesByLabels::Find(const Labels& labels) {
  std::vector<uint32_t>& candidates = by_hash_[labels.Hash()];
  for (const uint32_t i : candidates) {
    if (series_[i].labels == labels) return i;
  }
  candidates.push_back(static_cast<uint32_t>(series_.size()));
  series_.emplace_back().labels = labels;
  return series_.size() - 1;
}

absl::Status SeriesByLabels::Merge(StepSeries&& series) {
  VARVE_RETURN_IF_ERROR(held_.Add(series));
  const size_t known = series_.size();
  const size_t i = Find(series.labels);
  if (i == known) {
    series_[i] = std::move(series);
    return absl::OkStatus();
  }
  if (series_[i].present.Intersects(series.present)) return DuplicateLabelset();
  series_[i].MergeDisjoint(std::move(series));
  return absl::OkStatus();
}

}  // namespace varve::promql
