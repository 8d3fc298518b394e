#include "blocks/compact/bucket_compactor.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_group.h"
#include "blocks/block_names.h"

namespace varve {
namespace {

constexpr int64_t kFutureMs = 24 * 3'600'000;
constexpr double kIndexHeadroom = 0.85;

bool IsAboutContent(const absl::Status& status) {
  return absl::IsDataLoss(status) || absl::IsInvalidArgument(status) || absl::IsUnimplemented(status) || absl::IsNotFound(status);
}

}  // namespace

struct BucketCompactor::Group {
  std::string key;
  int64_t resolution_ms = 0;
  BlockMetas blocks;  // by min time
  std::set<Ulid> excluded;
  bool held = false;
};

struct BucketCompactor::Job {
  Group* group = nullptr;
  CompactionPlan plan;
  OverlapKind overlap = OverlapKind::kNone;
  absl::Status status = absl::CancelledError("not begun");  // how it ended
  CompactionResult result;
  std::set<Ulid> quarantined;
};

BucketCompactor::BucketCompactor(const CompactionEnvironment& environment, BucketCompactorOptions options)
    : environment_(environment),
      options_(std::move(options)),
      marker_(environment.bucket, environment.clock, environment.metrics, environment.logger) {}

std::map<std::string, BucketCompactor::Group> BucketCompactor::MakeGroups(const Context& ctx, const CompactionView& view,
                                                                          CompactionReport& report) {
  std::map<std::string, Group> groups;
  const TimestampMs future = environment_.clock.NowMs() + kFutureMs;
  for (const auto& [id, block] : view.blocks) {
    const std::string key = GroupKey(*block);
    Group& group = groups[key];
    if (block->range.min > future) {
      report.held[key].Update(environment_.metas.Confirm(ctx, id));
      report.held[key].Update(
          FailedPrecondition("block {} begins in the future, at {}: check its producer's clock", id, block->range.min));
      continue;
    }
    if (ExternalLabelsOf(*block).empty()) {
      group.held = true;
      report.held[key].Update(environment_.metas.Confirm(ctx, id));
      report.held[key].Update(FailedPrecondition("block {} has no external labels: no one can tell whose it is", id));
    }
    group.key = key;
    group.resolution_ms = ResolutionMsOf(*block);
    group.blocks.push_back(block);
    if (view.excluded.contains(id)) group.excluded.insert(id);
  }
  for (auto& [key, group] : groups) SortByMinTime(group.blocks);
  return groups;
}

absl::StatusOr<uint64_t> BucketCompactor::IndexBytes(const Context& ctx, const BlockMeta& block) {
  if (block.thanos.has_value()) {
    for (const BlockFile& file : block.thanos->files) {
      if (file.rel_path == kIndexFileName && file.size_bytes > 0) return static_cast<uint64_t>(file.size_bytes);
    }
  }
  VARVE_ASSIGN_OR_RETURN(const auto attributes, environment_.bucket.Attributes(ctx, BlockObjectName(block.id, kIndexFileName)));
  return attributes.size;
}

// Excludes the block with the largest index if the plan's indexes together may be too large. True: plan again.
absl::StatusOr<bool> BucketCompactor::ExcludeLargest(const Context& ctx, Group& group, const BlockMetas& plan) {
  uint64_t total = 0;
  uint64_t largest_bytes = 0;
  const BlockMeta* largest = nullptr;
  for (const auto& block : plan) {
    const absl::StatusOr<uint64_t> bytes = IndexBytes(ctx, *block);
    if (absl::IsNotFound(bytes.status())) continue;  // opening the block will tell
    VARVE_RETURN_IF_ERROR(bytes.status());
    total += *bytes;
    if (*bytes >= largest_bytes) largest_bytes = *bytes, largest = block.get();
  }
  if (largest == nullptr || plan.size() < 2) return false;
  if (static_cast<double>(total) < kIndexHeadroom * static_cast<double>(options_.index_bytes_max)) return false;
  VARVE_RETURN_IF_ERROR(environment_.metas.Confirm(ctx, largest->id));
  VARVE_RETURN_IF_ERROR(marker_.MarkNoCompact(
      ctx, largest->id, kReasonIndexSize,
      fmt::format("the index of a block made of this one could exceed {} bytes", options_.index_bytes_max)));
  group.excluded.insert(largest->id);
  return true;
}

absl::StatusOr<std::vector<BlockMetas>> BucketCompactor::PlanGroup(const Context& ctx, Group& group) {
  while (true) {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    std::vector<BlockMetas> plans = PlanAllBlocks(group.blocks, group.excluded, options_.ranges_ms);
    bool again = false;
    for (const BlockMetas& plan : plans) {
      VARVE_ASSIGN_OR_RETURN(const bool too_large, ExcludeLargest(ctx, group, plan));
      again |= too_large;
    }
    if (!again) return plans;
  }
}

std::vector<BucketCompactor::Job> BucketCompactor::PlanJobs(const Context& ctx, const CompactionView& view,
                                                            std::map<std::string, Group>& groups, CompactionReport& report) {
  std::vector<Job> jobs;
  for (auto& [key, group] : groups) {
    if (group.held) continue;
    environment_.metrics.runs_started.Add(ResolutionLabel(group.resolution_ms)).Increment();
    const absl::StatusOr<std::vector<BlockMetas>> plans = PlanGroup(ctx, group);
    if (!plans.ok()) {
      group.held = true;
      report.held[key] = Annotate(plans.status(), "plan");
      continue;
    }
    environment_.metrics.runs_completed.Add(ResolutionLabel(group.resolution_ms)).Increment();
    for (const BlockMetas& plan : *plans) {
      Job& job = jobs.emplace_back();
      job.group = &group;
      job.overlap = ClassifyOverlap(plan, view.replica_labels);
      job.plan = {.group = key,
                  .inputs = plan,
                  .replicas = NumberReplicas(plan, view.replica_labels),
                  .overlaps = PolicyFor(job.overlap, options_.overlaps),
                  .downsample_to_ms = DueResolutions(view, plan)};
    }
  }
  return jobs;
}

// What the block made of `plan` would have to be downsampled to at once.
std::vector<int64_t> BucketCompactor::DueResolutions(const CompactionView& view, const BlockMetas& plan) const {
  if (!options_.downsample.has_value()) return {};
  for (const auto& block : plan) {
    if (view.not_downsampled.contains(block->id)) return {};
  }
  auto made = std::make_shared<BlockMeta>(*plan.front());
  made->id = environment_.new_id();
  made->range = MergedRange(plan);
  made->compaction = MergedCompaction(plan);
  const Labels labels = ExternalLabelsOf(*made);
  BlockMetaMap blocks;
  for (const auto& [id, block] : view.blocks) {
    if (ResolutionMsOf(*block) > ResolutionMsOf(*made) && ExternalLabelsOf(*block) == labels) blocks.emplace(id, block);
  }
  const Ulid id = made->id;
  blocks.emplace(id, std::move(made));
  for (DownsampleTask& task : PlanDownsampling(blocks, environment_.clock.NowMs(), *options_.downsample).tasks) {
    if (task.source == id) return std::move(task.resolutions_ms);
  }
  return {};
}

void BucketCompactor::RunJob(const Context& ctx, Job& job) {
  environment_.logger.Info("compacting blocks", {{"group", job.plan.group},
                                                 {"blocks", job.plan.inputs.size()},
                                                 {"first", job.plan.inputs.front()->id.ToString()},
                                                 {"overlap", OverlapKindName(job.overlap)}});
  const TimestampMs began = environment_.clock.NowMs();
  job.status = CompactPlan(ctx, environment_, job.plan, options_.compaction, job.result);
  if (job.status.ok()) {
    environment_.logger.Info("compacted blocks",
                             {{"group", job.plan.group},
                              {"made", job.result.made.has_value() ? job.result.made->id.ToString() : std::string("none")},
                              {"samples", job.result.merge.samples_read},
                              {"chunks_copied", job.result.merge.join.chunks_copied},
                              {"chunks_decoded", job.result.merge.join.chunks_decoded},
                              {"downsampled", job.result.downsampled.size()},
                              {"duration_ms", environment_.clock.NowMs() - began}});
    return;
  }
  environment_.metrics.failures.Add(ResolutionLabel(job.group->resolution_ms)).Increment();
  if (!ctx.stopped()) job.status = Quarantine(ctx, job, job.status);
}

// Decides what a failure means. OK: the blocks at fault are out of the way, and the group can go on.
absl::Status BucketCompactor::Quarantine(const Context& ctx, Job& job, const absl::Status& why) {
  if (job.result.faulty.has_value() && IsAboutContent(why)) return QuarantineFaulty(ctx, job, why);
  if (job.result.faulty.has_value() && absl::IsFailedPrecondition(why)) {  // in cold storage: left out until it can be read again
    environment_.logger.Warn("block is left out for now", {{"block", job.result.faulty->ToString()}, {"err", why}});
    job.quarantined.insert(*job.result.faulty);
    return absl::OkStatus();
  }
  if (!absl::IsFailedPrecondition(why) || job.overlap == OverlapKind::kNone) return why;
  const std::string_view reason = job.group->resolution_ms == 0 ? kReasonOverlapConflict : kReasonDownsampleVertical;
  for (const auto& block : BlocksToQuarantine(job.plan.inputs)) {
    VARVE_RETURN_IF_ERROR(environment_.metas.Confirm(ctx, block->id));
    VARVE_RETURN_IF_ERROR(marker_.MarkNoCompact(ctx, block->id, reason, std::string(Message(why))));
    job.quarantined.insert(block->id);
  }
  return job.quarantined.empty() ? why : absl::OkStatus();
}

absl::Status BucketCompactor::QuarantineFaulty(const Context& ctx, Job& job, const absl::Status& why) {
  const Ulid id = *job.result.faulty;
  const absl::StatusOr<bool> there = environment_.bucket.Exists(ctx, BlockObjectName(id, kMetaFileName));
  VARVE_RETURN_IF_ERROR(there.status());
  if (!*there) {  // someone has deleted it meanwhile
    job.quarantined.insert(id);
    return absl::OkStatus();
  }
  const auto block = std::ranges::find(job.plan.inputs, id, [](const auto& input) { return input->id; });
  VARVE_RETURN_IF_ERROR(environment_.metas.Confirm(ctx, id));
  const absl::Status again = ReadBlockAgain(ctx, environment_, *block);
  const absl::Status once_more = IsAboutContent(again) ? ReadBlockAgain(ctx, environment_, *block) : again;
  if (!IsAboutContent(again) || again != once_more) {  // damage on the way is not the same twice
    return Unavailable("block {} could not be read, and then {}: {}", id, again.ok() ? "could" : "not for another reason",
                       Message(why));
  }
  const std::string_view reason = absl::IsNotFound(again) ? kReasonMissingObjects : kReasonCorrupt;
  VARVE_RETURN_IF_ERROR(marker_.MarkNoCompact(ctx, id, reason, std::string(Message(again))));
  job.quarantined.insert(id);
  return absl::OkStatus();
}

void BucketCompactor::Settle(const Job& job, CompactionReport& report) {
  Group& group = *job.group;
  if (!job.status.ok()) {
    group.held = true;
    report.held[group.key].Update(job.status);
    if (absl::IsUnavailable(job.status) || absl::IsDeadlineExceeded(job.status)) environment_.metrics.retries.Increment();
    environment_.logger.Error("group is held until the next iteration", {{"group", group.key}, {"err", job.status}});
    return;
  }
  if (!job.quarantined.empty()) {
    report.quarantined += job.quarantined.size();
    group.excluded.insert(job.quarantined.begin(), job.quarantined.end());
    return;
  }
  const MetricLabels resolution = ResolutionLabel(group.resolution_ms);
  environment_.metrics.compactions.Add(resolution).Increment();
  if (job.overlap != OverlapKind::kNone) environment_.metrics.vertical.Add(resolution).Increment();
  environment_.metrics.garbage_collected.Increment(static_cast<double>(job.plan.inputs.size()));
  ++report.compactions;
  report.blocks_compacted += job.plan.inputs.size();
  std::erase_if(group.blocks,
                [&](const auto& block) { return std::ranges::find(job.plan.inputs, block) != job.plan.inputs.end(); });
  if (!job.result.made.has_value()) return;
  group.blocks.push_back(std::make_shared<const BlockMeta>(*job.result.made));
  SortByMinTime(group.blocks);
}

absl::StatusOr<CompactionReport> BucketCompactor::Compact(const Context& ctx, const CompactionView& view) {
  CompactionReport report;
  std::map<std::string, Group> groups = MakeGroups(ctx, view, report);
  while (true) {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    std::vector<Job> jobs = PlanJobs(ctx, view, groups, report);
    if (jobs.empty()) break;
    TaskGroup tasks(ctx, environment_.workers, {.parallel_max = std::max<size_t>(options_.concurrency, 1)});
    for (Job& job : jobs) {
      tasks.Run([this, &job](const Context& task_ctx) {
        RunJob(task_ctx, job);
        return absl::OkStatus();
      });
    }
    VARVE_RETURN_IF_ERROR(tasks.Wait());
    for (const Job& job : jobs) Settle(job, report);
  }
  environment_.metrics.held_groups.Set(static_cast<double>(report.held.size()));
  return report;
}

CompactionBacklog CountBacklog(const CompactionView& view, const std::vector<int64_t>& ranges_ms) {
  std::map<std::string, BlockMetas> groups;
  for (const auto& [id, block] : view.blocks) groups[GroupKey(*block)].push_back(block);
  CompactionBacklog backlog;
  uint64_t next = 0;
  for (auto& [key, blocks] : groups) {
    SortByMinTime(blocks);
    while (true) {
      const BlockMetas plan = PlanBlocks(blocks, view.excluded, ranges_ms);
      if (plan.empty()) break;
      ++backlog.compactions;
      backlog.blocks += plan.size();
      std::erase_if(blocks, [&](const auto& block) { return std::ranges::find(plan, block) != plan.end(); });
      auto made = std::make_shared<BlockMeta>();
      made->id = Ulid::FromTime(next++, {});
      made->range = MergedRange(plan);
      blocks.push_back(std::move(made));
      SortByMinTime(blocks);
    }
  }
  return backlog;
}

}  // namespace varve
