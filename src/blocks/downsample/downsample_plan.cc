#include "blocks/downsample/downsample_plan.h"

#include <algorithm>
#include <map>
#include <utility>

#include "blocks/block_group.h"

namespace varve {
namespace {

// The sources of all blocks of one resolution.
class Coverage {
 public:
  Coverage(const BlockMetaMap& metas, int64_t resolution_ms) {
    for (const auto& [id, meta] : metas) {
      if (ResolutionMsOf(*meta) == resolution_ms)
        sources_.insert(meta->compaction.sources.begin(), meta->compaction.sources.end());
    }
  }
  bool Covers(const BlockMeta& meta) const {
    const auto& wanted = meta.compaction.sources;
    return std::all_of(wanted.begin(), wanted.end(), [this](const Ulid& id) { return sources_.contains(id); });
  }

 private:
  std::set<Ulid> sources_;
};

struct DueRule {
  int64_t length_min_ms, age_max_ms, retention_ms;
  int64_t retention_of_result_ms;

  bool Holds(const BlockMeta& meta, TimestampMs now) const {
    const int64_t age = now - meta.range.max_exclusive;
    if (retention_of_result_ms > 0 && age >= retention_of_result_ms) return false;
    return meta.range.max_exclusive - meta.range.min >= length_min_ms || age >= age_max_ms ||
           (retention_ms > 0 && age >= retention_ms / 2);
  }
};

bool LeftAlone(const BlockMeta& meta, const DownsampleOptions& options) {
  return meta.compaction.sources.empty() || meta.stats.samples == 0 || options.marked.contains(meta.id);
}

}  // namespace

DownsamplePlan PlanDownsampling(const BlockMetaMap& metas, TimestampMs now, const DownsampleOptions& options) {
  const Coverage five_minutes(metas, kFiveMinutesMs), one_hour(metas, kOneHourMs);
  const DueRule to_five_minutes = {options.raw_length_min_ms, options.raw_age_max_ms, options.raw_retention_ms,
                                   options.five_minutes_retention_ms};
  const DueRule to_one_hour = {options.five_minutes_length_min_ms, options.five_minutes_age_max_ms,
                               options.five_minutes_retention_ms, options.one_hour_retention_ms};
  std::vector<std::pair<TimestampMs, DownsampleTask>> due;
  for (const auto& [id, meta] : metas) {
    if (LeftAlone(*meta, options)) continue;
    const int64_t resolution = ResolutionMsOf(*meta);
    DownsampleTask task = {.source = id, .resolutions_ms = {}};
    const bool has_five_minutes = five_minutes.Covers(*meta);
    if (resolution == kRawResolutionMs && !has_five_minutes && to_five_minutes.Holds(*meta, now)) {
      task.resolutions_ms.push_back(kFiveMinutesMs);
    }
    // A raw block makes 1 h itself where there is no 5 m block to do it, or none will come.
    const bool best_source = resolution == kFiveMinutesMs || (resolution == kRawResolutionMs && !has_five_minutes);
    if (best_source && !one_hour.Covers(*meta) && to_one_hour.Holds(*meta, now)) task.resolutions_ms.push_back(kOneHourMs);
    if (!task.resolutions_ms.empty()) due.emplace_back(meta->range.min, std::move(task));
  }
  std::stable_sort(due.begin(), due.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  DownsamplePlan plan;
  for (auto& [time, task] : due) plan.tasks.push_back(std::move(task));
  return plan;
}

}  // namespace varve
