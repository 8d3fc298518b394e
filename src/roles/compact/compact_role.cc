#include "roles/compact/compact_role.h"

#include "api/ui/serve_page.h"
#include "base/duration.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_listing.h"
#include "objstore/config.h"
#include "objstore/env_expansion.h"

namespace varve {
namespace {

constexpr size_t kIoThreads = 64;  // they wait for the bucket, so there are more of them than cores
constexpr double kGiB = 1 << 30;

BlocksHandlers::Blocks BlocksOf(const BlockMetaMap& metas) {
  BlocksHandlers::Blocks blocks;
  for (const auto& [id, meta] : metas) blocks.push_back(meta);
  return blocks;
}

}  // namespace

CompactRole::CompactRole(CompactConfig config, Process& process)
    : config_(std::move(config)),
      process_(process),
      io_("io", kIoThreads),
      workers_("compact", static_cast<size_t>(std::max<int64_t>({config_.concurrency, config_.downsample_concurrency, 1}))),
      server_("compact", config_.server, process, {.route_prefix = RoutePrefix(config_.web)}) {}

absl::StatusOr<CompactServiceOptions> CompactRole::ServiceOptions() const {
  CompactServiceOptions options;
  VARVE_ASSIGN_OR_RETURN(options.selector, config_.selection.Rules());
  VARVE_ASSIGN_OR_RETURN(const FileHash hash, ParseFileHash(config_.hash_function));
  options.replica_labels = ReplicaLabels(config_);
  options.compactor.ranges_ms = CompactionRangesMs(static_cast<size_t>(config_.max_level));
  options.compactor.overlaps = {.vertical = config_.vertical || !options.replica_labels.empty(),
                                .penalty = config_.dedup_function == "penalty"};
  options.compactor.compaction = {
      .upload = {.hash = hash, .parallel_max = static_cast<size_t>(std::max<int64_t>(config_.files_concurrency, 1))},
      .fetch_parallel_max = static_cast<size_t>(std::max<int64_t>(config_.blocks_fetch_concurrency, 1))};
  options.compactor.concurrency = static_cast<size_t>(config_.concurrency);
  options.compactor.index_bytes_max = config_.index_bytes_max;
  options.delete_delay = std::chrono::milliseconds(config_.delete_delay_ms);
  options.consistency_delay = std::chrono::milliseconds(config_.consistency_delay_ms);
  options.retention.retention_ms = {{kRawResolutionMs, config_.retention_raw_ms},
                                    {kFiveMinutesMs, config_.retention_5m_ms},
                                    {kOneHourMs, config_.retention_1h_ms}};
  if (!config_.downsampling_disabled) {
    const DownsampleOptions plan{.raw_retention_ms = config_.retention_raw_ms,
                                 .five_minutes_retention_ms = config_.retention_5m_ms,
                                 .one_hour_retention_ms = config_.retention_1h_ms};
    options.downsampling = {.plan = plan,
                            .upload = options.compactor.compaction.upload,
                            .concurrency = static_cast<size_t>(std::max<int64_t>(config_.downsample_concurrency, 1))};
    options.compactor.downsample = plan;
  }
  options.retention.interlock = config_.retention_interlock && !config_.downsampling_disabled;
  options.retention_dry_run = config_.retention_dry_run;
  options.range = [this] { return config_.selection.Range(process_.clock); };
  options.meta_parallel_max = static_cast<size_t>(std::max<int64_t>(config_.meta_fetch_concurrency, 1));
  return options;
}

absl::Status CompactRole::Open() {
  VARVE_RETURN_IF_ERROR(CheckConfig(config_));
  VARVE_ASSIGN_OR_RETURN(const std::string yaml, ExpandEnv(config_.objstore));
  VARVE_ASSIGN_OR_RETURN(bucket_, MakeBucket(yaml, process_.registry, process_.log, config_.objstore_path));
  VARVE_ASSIGN_OR_RETURN(const ListingStrategy strategy, ParseListingStrategy(config_.discovery_strategy));
  VARVE_ASSIGN_OR_RETURN(CompactServiceOptions options, ServiceOptions());
  VARVE_RETURN_IF_ERROR(process_.files.MakeDirectories(config_.data_dir));

  metas_ = std::make_unique<MetaCache>(
      *bucket_, process_.files, io_, process_.registry, process_.log,
      MetaCache::Options{.directory = config_.data_dir, .strategy = strategy, .parallel_max = options.meta_parallel_max});
  all_blocks_ = std::make_unique<MetaFetcher>(*metas_, process_.registry, process_.log,
                                              std::vector<std::unique_ptr<MetaFilter>>(), "thanos_bucket_ui");
  metrics_ = std::make_unique<CompactMetrics>(process_.registry, options.delete_delay);
  environment_ =
      std::make_unique<CompactionEnvironment>(CompactionEnvironment{.bucket = *bucket_,
                                                                    .metas = *metas_,
                                                                    .files = process_.files,
                                                                    .io = io_,
                                                                    .workers = workers_,
                                                                    .clock = process_.clock,
                                                                    .metrics = *metrics_,
                                                                    .logger = process_.log,
                                                                    .directory = JoinPath(config_.data_dir, "compact")});
  service_ = std::make_unique<CompactService>(*environment_, process_.registry, std::move(options));
  blocks_ = std::make_unique<BlocksHandlers>(
      BlocksHandlers::Options{
          .label = config_.web_label, .admin_disabled = config_.admin_disabled, .cors = !config_.web.disable_cors},
      *bucket_, process_.clock);
  return absl::OkStatus();
}

absl::Status CompactRole::Start() {
  VARVE_RETURN_IF_ERROR(Open());
  if (config_.wait && !config_.web_disabled) {
    blocks_->AddTo(server_.router());
    ServeBlocksPage(server_.router());
  }
  VARVE_RETURN_IF_ERROR(server_.StartHttp());
  server_.probe().SetReady();
  StartLoops();
  return absl::OkStatus();
}

void CompactRole::Every(const char* name, int64_t interval_ms, PeriodicTask::Round round) {
  if (interval_ms <= 0) return;
  const std::chrono::milliseconds interval(interval_ms);
  loops_.push_back(std::make_unique<PeriodicTask>(name, process_.clock, interval, [round = std::move(round)](const Context& ctx) {
    round(ctx.WithPriority(Priority::kBackground));  // queries go first
  }));
  loops_.back()->Start();
}

void CompactRole::StartLoops() {
  if (!config_.wait) {
    once_ = std::jthread(
        [this](std::stop_token stop) { RunOnce(Context().WithStop(std::move(stop)).WithPriority(Priority::kBackground)); });
    return;
  }
  Every("compact", std::max<int64_t>(config_.wait_interval_ms, 1), [this](const Context& ctx) { WaitRound(ctx); });
  Every("cleanup", config_.cleanup_interval_ms, [this](const Context& ctx) { Try("cleaning", service_->Clean(ctx)); });
  Every("progress", config_.progress_interval_ms,
        [this](const Context& ctx) { Try("working out the backlog", service_->UpdateProgress(ctx)); });
  if (!config_.web_disabled) {
    Every("blocks-view", config_.view_interval_ms, [this](const Context& ctx) { UpdateGlobalView(ctx); });
  }
}

void CompactRole::Try(std::string_view what, const absl::Status& status) const {
  if (status.ok() || absl::IsCancelled(status)) return;
  metrics_->retries.Increment();
  process_.log.Error("failed, trying again later", {{"what", what}, {"err", status}});
}

void CompactRole::UpdateGlobalView(const Context& ctx) {
  const auto snapshot = all_blocks_->Fetch(ctx.WithTimeout(std::chrono::milliseconds(config_.view_timeout_ms)));
  blocks_->SetGlobal(snapshot.ok() ? BlocksOf((*snapshot)->blocks) : BlocksHandlers::Blocks(), snapshot.status());
}

absl::Status CompactRole::Iterate(const Context& ctx) {
  const absl::StatusOr<IterationReport> report = service_->Iterate(ctx);
  blocks_->SetLoaded(BlocksOf(service_->loaded()->blocks), report.status());
  VARVE_RETURN_IF_ERROR(report.status());
  Report(*report);
  return report->Summary();
}

void CompactRole::Report(const IterationReport& report) const {
  for (const auto& [group, why] : report.compaction.held) process_.log.Error("group is held", {{"group", group}, {"err", why}});
  for (const RetentionDecision& decision : report.retention.decisions) {
    if (decision.expires && !config_.retention_dry_run) continue;  // its mark is in the log
    process_.log.Info(decision.expires ? "retention would delete block" : "retention keeps block",
                      {{"block", decision.block->id.ToString()}, {"reason", decision.reason}});
  }
  const double dollars = static_cast<double>(report.retention.bytes) / kGiB * config_.price_gib_month;
  process_.log.Info(config_.retention_dry_run ? "retention, dry run" : "retention",
                    {{"blocks", report.retention.blocks},
                     {"bytes", report.retention.bytes},
                     {"dollars_a_month", dollars},
                     {"kept_blocks", report.retention.held_blocks},
                     {"kept_bytes", report.retention.held_bytes}});
  process_.log.Info("iteration done", {{"compactions", report.compaction.compactions},
                                       {"blocks_compacted", report.compaction.blocks_compacted},
                                       {"quarantined", report.compaction.quarantined},
                                       {"groups_held", report.compaction.held.size()}});
}

void CompactRole::RunOnce(const Context& ctx) {
  const absl::Status status = Iterate(ctx);
  if (ctx.stopped()) return;
  if (!status.ok()) return process_.shutdown.Fail(status);
  metrics_->iterations.Increment();
  process_.shutdown.Finish();
}

void CompactRole::WaitRound(const Context& ctx) {
  const absl::Status status = Iterate(ctx);
  if (status.ok()) return metrics_->iterations.Increment();
  Try("iteration", status);
}

absl::Status CompactRole::Stop() {
  once_.request_stop();
  for (const auto& loop : loops_) loop->RequestStop();  // one may hold the service's lock while another waits for it
  for (const auto& loop : loops_) loop->Stop();
  if (once_.joinable()) once_.join();
  server_.Stop();
  return absl::OkStatus();
}

}  // namespace varve
