#include "blocks/compact/compact_service.h"

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_group.h"

namespace varve {

absl::Status IterationReport::Summary() const {
  VARVE_RETURN_IF_ERROR(Annotate(incomplete, "some blocks could not be seen"));
  if (!compaction.held.empty()) {
    const auto& [group, why] = *compaction.held.begin();
    return MakeStatus(why.code(),
                      fmt::format("{} groups are held, the first is {}: {}", compaction.held.size(), group, Message(why)));
  }
  return Annotate(downsampling, "downsampling");
}

CompactService::CompactService(const CompactionEnvironment& environment, MetricsRegistry& registry, CompactServiceOptions options)
    : environment_(environment),
      options_(std::move(options)),
      compactor_(environment, options_.compactor),
      cleaner_(environment, options_.meta_parallel_max) {
  std::vector<std::unique_ptr<MetaFilter>> filters;
  const auto add = [&filters](auto filter) {
    auto* raw = filter.get();
    filters.push_back(std::move(filter));
    return raw;
  };
  const size_t parallel_max = options_.meta_parallel_max;
  if (options_.range) add(NewTimeRangeFilter(options_.range));
  add(NewLabelShardFilter(options_.selector, options_.replica_labels));
  add(NewConsistencyDelayFilter(options_.consistency_delay, environment.clock, registry));
  add(std::make_unique<OtherCompactorsFilter>(environment.new_id().unix_ms(), *environment.own_blocks,
                                              environment.metrics.other_compactor_blocks, environment.logger));
  // Half of the delay: a block that was marked is seen until what replaces it is seen by everyone.
  deletion_marks_ = add(std::make_unique<DeletionMarkFilter>(environment.bucket, environment.io, environment.clock,
                                                             environment.logger, options_.delete_delay / 2, parallel_max));
  replica_labels_ = add(std::make_unique<ReplicaLabelFilter>(options_.replica_labels));
  duplicates_ = add(std::make_unique<DuplicateFilter>());
  no_compact_ = add(std::make_unique<MarkFilter>(MarkKind::kNoCompact, "marked-for-no-compact", environment.bucket,
                                                 environment.io, environment.logger, parallel_max));
  no_downsample_ = add(std::make_unique<MarkFilter>(MarkKind::kNoDownsample, "marked-for-no-downsample", environment.bucket,
                                                    environment.io, environment.logger, parallel_max));
  if (options_.downsampling.has_value()) downsampler_.emplace(environment, *options_.downsampling);
  fetcher_ = std::make_unique<MetaFetcher>(environment.metas, registry, environment.logger, std::move(filters));
}

absl::Status CompactService::Sync(const Context& ctx) {
  VARVE_RETURN_IF_ERROR(Annotate(fetcher_->Fetch(ctx).status(), "sync blocks"));
  std::map<std::string, int> by_reason;
  for (const std::string_view reason : {kReasonCorrupt, kReasonMissingObjects, kReasonOverlapConflict}) {
    by_reason.emplace(reason, 0);
  }
  for (const auto& [id, mark] : no_compact_->marks()) ++by_reason[mark.reason];
  for (const auto& [reason, count] : by_reason) environment_.metrics.quarantined.Add({{"reason", reason}}).Set(count);
  return absl::OkStatus();
}

std::set<Ulid> CompactService::MarkedForDeletion() const {
  std::set<Ulid> ids;
  for (const auto& [id, mark] : deletion_marks_->marks()) ids.insert(id);
  return ids;
}

CompactionView CompactService::View() const {
  CompactionView view{
      .blocks = fetcher_->snapshot()->blocks, .excluded = MarkedForDeletion(), .replica_labels = replica_labels_->removed()};
  for (const auto& [id, mark] : no_compact_->marks()) view.excluded.insert(id);
  return view;
}

std::set<Ulid> CompactService::NotDownsampled() const {
  std::set<Ulid> ids;
  for (const auto& [id, mark] : no_downsample_->marks()) ids.insert(id);
  return ids;
}

void CompactService::DeleteAndReplace(const Context& ctx) {
  const std::map<Ulid, BlockMark> marks = deletion_marks_->marks();
  cleaner_.DeleteMarked(ctx, marks, options_.delete_delay);
  cleaner_.MarkReplaced(ctx, duplicates_->duplicates(), marks);
}

// Work of groups that are no more. What is left of the others is used again.
void CompactService::RemoveStaleWork() {
  std::set<std::string> groups;
  for (const auto& [id, block] : fetcher_->snapshot()->blocks) groups.insert(GroupKey(*block));
  const absl::StatusOr<std::vector<std::string>> names = environment_.files.List(environment_.directory);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (!groups.contains(name) && name != "downsample")
      environment_.files.RemoveTree(JoinPath(environment_.directory, name)).IgnoreError();
  }
}

absl::StatusOr<CompactionView> CompactService::BeginIteration(const Context& ctx) {
  MutexLock lock(mutex_);
  VARVE_RETURN_IF_ERROR(Sync(ctx));
  DeleteAndReplace(ctx);
  RemoveStaleWork();
  return View();
}

absl::Status CompactService::Downsample(const Context& ctx, IterationReport& report) {
  BlockMetaMap blocks;
  std::set<Ulid> excluded;
  {
    MutexLock lock(mutex_);
    VARVE_RETURN_IF_ERROR(Sync(ctx));
    blocks = fetcher_->snapshot()->blocks;
    excluded = NotDownsampled();
    excluded.merge(MarkedForDeletion());
  }
  report.downsampling = downsampler_->Downsample(ctx, std::move(blocks), excluded);
  return ctx.Check();
}

absl::Status CompactService::EndIteration(const Context& ctx, IterationReport& report) {
  MutexLock lock(mutex_);
  VARVE_RETURN_IF_ERROR(Sync(ctx));
  report.retention = ApplyRetention(ctx, environment_, PlanExpiry(), options_.retention_dry_run);
  environment_.metrics.retention_held_blocks.Set(static_cast<double>(report.retention.held_blocks));
  environment_.metrics.retention_held_bytes.Set(static_cast<double>(report.retention.held_bytes));
  DeletePartial(ctx);
  return absl::OkStatus();
}

absl::StatusOr<IterationReport> CompactService::Iterate(const Context& ctx) {
  IterationReport report;
  VARVE_ASSIGN_OR_RETURN(const CompactionView view, BeginIteration(ctx));
  report.incomplete = fetcher_->snapshot()->incomplete;
  VARVE_ASSIGN_OR_RETURN(report.compaction, compactor_.Compact(ctx, view));
  if (downsampler_.has_value()) VARVE_RETURN_IF_ERROR(Downsample(ctx, report));
  VARVE_RETURN_IF_ERROR(EndIteration(ctx, report));
  return report;
}

absl::Status CompactService::Clean(const Context& ctx) {
  MutexLock lock(mutex_);
  VARVE_RETURN_IF_ERROR(Sync(ctx));
  DeleteAndReplace(ctx);
  DeletePartial(ctx);
  return absl::OkStatus();
}

std::vector<RetentionDecision> CompactService::PlanExpiry() const {
  return PlanRetention(fetcher_->snapshot()->blocks, environment_.clock.NowMs(), options_.retention, MarkedForDeletion());
}

void CompactService::DeletePartial(const Context& ctx) {
  cleaner_.DeletePartial(ctx, fetcher_->snapshot()->partial, deletion_marks_->marks());
  environment_.metrics.cleanups.Increment();
}

absl::Status CompactService::UpdateProgress(const Context& ctx) {
  MutexLock lock(mutex_);
  VARVE_RETURN_IF_ERROR(Sync(ctx));
  const CompactionBacklog backlog = CountBacklog(View(), options_.compactor.ranges_ms);
  environment_.metrics.todo_compactions.Set(static_cast<double>(backlog.compactions));
  environment_.metrics.todo_compaction_blocks.Set(static_cast<double>(backlog.blocks));
  if (downsampler_.has_value()) {
    std::set<Ulid> excluded = NotDownsampled();
    excluded.merge(MarkedForDeletion());
    const size_t due = downsampler_->Plan(fetcher_->snapshot()->blocks, excluded).tasks.size();
    environment_.metrics.todo_downsample_blocks.Set(static_cast<double>(due));
  }
  environment_.metrics.todo_deletion_blocks.Set(static_cast<double>(PlanExpiry().size()));
  return absl::OkStatus();
}

}  // namespace varve
