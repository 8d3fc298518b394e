#include "blocks/compact/retention.h"

#include <algorithm>
#include <optional>

#include "base/duration.h"
#include "base/errors.h"
#include "blocks/block_group.h"
#include "blocks/check_upload.h"

namespace varve {
namespace {

constexpr int64_t kResolutionsMs[] = {0, 300'000, 3'600'000};

std::string ResolutionName(int64_t resolution_ms) { return resolution_ms == 0 ? "raw" : FormatPrometheusDuration(resolution_ms); }

class Planner {
 public:
  Planner(const BlockMetaMap& blocks, TimestampMs now, const RetentionPolicy& policy, const std::set<Ulid>& marked)
      : now_(now), policy_(policy) {
    for (const auto& [id, block] : blocks) {
      if (!marked.contains(id)) groups_[{ExternalLabelsOf(*block), ResolutionMsOf(*block)}].push_back(block);
    }
  }

  std::vector<RetentionDecision> Plan() {
    std::vector<RetentionDecision> decisions;
    for (auto& [key, blocks] : groups_) {
      SortByMinTime(blocks);
      for (const auto& block : blocks) {
        if (IsExpired(*block, key.second)) decisions.push_back(Decide(block));
      }
    }
    std::ranges::stable_sort(decisions, {}, [](const RetentionDecision& decision) { return decision.block->range.min; });
    return decisions;
  }

 private:
  int64_t RetentionOf(int64_t resolution_ms) const {
    const auto found = policy_.retention_ms.find(resolution_ms);
    return found != policy_.retention_ms.end() ? found->second : 0;
  }

  bool IsExpired(const BlockMeta& block, int64_t resolution_ms) const {
    const int64_t retention = RetentionOf(resolution_ms);
    return retention != 0 && now_ - retention > block.range.max_exclusive;
  }

  // The coarser resolution that is to have the block's data from now on; none if all of them would have let it go, too.
  std::optional<int64_t> Successor(const BlockMeta& block) const {
    for (const int64_t resolution : kResolutionsMs) {
      if (resolution > ResolutionMsOf(block) && !IsExpired(block, resolution)) return resolution;
    }
    return std::nullopt;
  }

  RetentionDecision Decide(const std::shared_ptr<const BlockMeta>& block) const {
    const int64_t resolution = ResolutionMsOf(*block);
    RetentionDecision decision{.block = block, .expires = true};
    decision.reason = fmt::format("block exceeding retention of {}", FormatPrometheusDuration(RetentionOf(resolution)));
    if (!policy_.interlock) return decision;
    const std::optional<int64_t> successor = Successor(*block);
    if (!successor.has_value()) return decision;
    decision.successors = Covering(*block, *successor);
    if (!decision.successors.empty()) return decision;
    decision.expires = false;
    decision.reason =
        fmt::format("kept past its retention of {}: its {} data is not downsampled to {} yet",
                    FormatPrometheusDuration(RetentionOf(resolution)), ResolutionName(resolution), ResolutionName(*successor));
    return decision;
  }

  // The blocks of `resolution` that together have all sources and all of the range of `block`; empty if they have not.
  BlockMetas Covering(const BlockMeta& block, int64_t resolution) const {
    const auto group = groups_.find({ExternalLabelsOf(block), resolution});
    if (group == groups_.end()) return {};
    BlockMetas covering;
    std::set<Ulid> missing(block.compaction.sources.begin(), block.compaction.sources.end());
    TimestampMs covered_to = block.range.min;
    for (const auto& candidate : group->second) {  // by min time
      if (!Overlaps(candidate->range, block.range)) continue;
      const size_t before = missing.size();
      for (const Ulid& source : candidate->compaction.sources) missing.erase(source);
      const bool reaches = candidate->range.min <= covered_to && candidate->range.max_exclusive > covered_to;
      if (reaches) covered_to = candidate->range.max_exclusive;
      if (reaches || missing.size() < before) covering.push_back(candidate);
    }
    return missing.empty() && covered_to >= block.range.max_exclusive ? covering : BlockMetas();
  }

  const TimestampMs now_;
  const RetentionPolicy& policy_;
  std::map<std::pair<Labels, int64_t>, BlockMetas> groups_;
};

}  // namespace

std::vector<RetentionDecision> PlanRetention(const BlockMetaMap& blocks, TimestampMs now, const RetentionPolicy& policy,
                                             const std::set<Ulid>& marked_for_deletion) {
  return Planner(blocks, now, policy, marked_for_deletion).Plan();
}

uint64_t BlockBytes(const BlockMeta& block) {
  uint64_t bytes = 0;
  if (!block.thanos.has_value()) return 0;
  for (const BlockFile& file : block.thanos->files) bytes += static_cast<uint64_t>(file.size_bytes);
  return bytes;
}

RetentionReport ApplyRetention(const Context& ctx, const CompactionEnvironment& environment,
                               std::vector<RetentionDecision> decisions, bool dry_run) {
  const BlockMarker marker(environment.bucket, environment.clock, environment.metrics, environment.logger);
  RetentionReport report;
  std::set<Ulid> whole;
  for (RetentionDecision& decision : decisions) {
    if (ctx.stopped()) break;
    for (const auto& successor : decision.successors) {
      if (!decision.expires || whole.contains(successor->id)) continue;
      absl::Status status = environment.metas.Confirm(ctx, successor->id);
      if (status.ok()) status = CheckObjects(ctx, environment.bucket, *successor);
      if (!status.ok()) {
        decision.expires = false;
        decision.reason =
            fmt::format("kept past its retention: its successor {} is not sure: {}", successor->id, Message(status));
      } else {
        whole.insert(successor->id);
      }
    }
    const absl::Status confirmed = decision.expires ? environment.metas.Confirm(ctx, decision.block->id) : absl::OkStatus();
    if (!confirmed.ok()) {
      decision.expires = false;
      decision.reason = fmt::format("kept past its retention for now: {}", Message(confirmed));
    }
    if (decision.expires && !dry_run) {
      if (const absl::Status status = marker.MarkForDeletion(Context(), decision.block->id, decision.reason); !status.ok()) {
        environment.logger.Warn("expired block could not be marked", {{"block", decision.block->id.ToString()}, {"err", status}});
        continue;
      }
    }
    (decision.expires ? report.blocks : report.held_blocks) += 1;
    (decision.expires ? report.bytes : report.held_bytes) += BlockBytes(*decision.block);
    report.decisions.push_back(std::move(decision));
  }
  return report;
}

}  // namespace varve
