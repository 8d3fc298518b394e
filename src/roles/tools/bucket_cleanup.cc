#include <cstdio>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/compact/bucket_cleaner.h"
#include "blocks/compact/retention.h"
#include "blocks/downsample/resolution.h"
#include "roles/tools/bucket_commands.h"
#include "roles/tools/bucket_tool.h"

namespace varve {
namespace {

constexpr double kGiB = 1 << 30;

struct CleanupConfig {
  BucketToolFlags tool;
  BlockSelection selection;
  int64_t delete_delay_ms = 172'800'000;
  int64_t consistency_delay_ms = 1'800'000;
  int64_t sync_concurrency = 20;
};

struct RetentionConfig {
  CleanupConfig cleanup;
  int64_t raw_ms = 0, five_minutes_ms = 0, one_hour_ms = 0;
  bool interlock = true;
  bool dry_run = false;
  double price_gib_month = 0.023;
};

void AddCleanupFlags(CommandLine& flags, CleanupConfig& config) {
  AddFlags(flags, config.tool);
  flags.DurationMs("delete-delay", config.delete_delay_ms, "Time between marking a block for deletion and deleting it.");
  flags.DurationMs("consistency-delay", config.consistency_delay_ms, "Age of a fresh block before it is looked at.");
  flags.Integer("block-sync-concurrency", config.sync_concurrency, "Marks read at a time.");
  AddRelabelFlags(flags, config.selection);
}

struct View {
  std::shared_ptr<const BlockSnapshot> snapshot;
  std::map<Ulid, BlockMark> marks;
};

absl::StatusOr<View> Look(const Context& ctx, const CleanupConfig& config, BucketTool& tool) {
  const auto parallel_max = static_cast<size_t>(std::max<int64_t>(config.sync_concurrency, 1));
  MetricsRegistry registry;
  VARVE_ASSIGN_OR_RETURN(MetaFilters filters, SelectionFilters(config.selection, SystemClock()));
  filters.push_back(NewConsistencyDelayFilter(std::chrono::milliseconds(config.consistency_delay_ms), SystemClock(), registry));
  View view;
  VARVE_ASSIGN_OR_RETURN(view.snapshot, tool.Fetch(ctx, std::move(filters)));
  DeletionMarkFilter marks(tool.bucket(), tool.io(), SystemClock(), tool.logger(), std::chrono::hours(1'000'000), parallel_max);
  BlockMetaMap blocks = view.snapshot->blocks;
  SyncedStates states;
  VARVE_RETURN_IF_ERROR(marks.Filter(ctx, blocks, states));
  view.marks = marks.marks();
  return view;
}

absl::Status Clean(const Context& ctx, const CleanupConfig& config, BucketTool& tool) {
  VARVE_ASSIGN_OR_RETURN(const View view, Look(ctx, config, tool));
  BucketCleaner cleaner(tool.environment());
  cleaner.DeletePartial(ctx, view.snapshot->partial, view.marks);
  const std::set<Ulid> deleted = cleaner.DeleteMarked(ctx, view.marks, std::chrono::milliseconds(config.delete_delay_ms));
  tool.logger().Info("cleanup done", {{"deleted", deleted.size()}});
  return ctx.Check();
}

TextTable DecisionTable(const RetentionReport& report) {
  TextTable table{.header = {"ULID", "RESOLUTION", "BYTES", "FATE", "REASON"}};
  for (const RetentionDecision& decision : report.decisions) {
    const int64_t resolution = decision.block->thanos.has_value() ? decision.block->thanos->resolution_ms : 0;
    table.rows.push_back({decision.block->id.ToString(), std::to_string(resolution / 1000) + "s",
                          std::to_string(BlockBytes(*decision.block)), decision.expires ? "deleted" : "kept", decision.reason});
  }
  return table;
}

absl::Status Retain(const Context& ctx, const RetentionConfig& config, BucketTool& tool) {
  VARVE_ASSIGN_OR_RETURN(const View view, Look(ctx, config.cleanup, tool));
  std::set<Ulid> marked;
  for (const auto& [id, mark] : view.marks) marked.insert(id);
  const RetentionPolicy policy{.retention_ms = {{kRawResolutionMs, config.raw_ms},
                                                {kFiveMinutesMs, config.five_minutes_ms},
                                                {kOneHourMs, config.one_hour_ms}},
                               .interlock = config.interlock};
  const RetentionReport report = ApplyRetention(
      ctx, tool.environment(), PlanRetention(view.snapshot->blocks, SystemClock().NowMs(), policy, marked), config.dry_run);
  VARVE_ASSIGN_OR_RETURN(const std::string text, DecisionTable(report).Format("table"));
  fmt::print("{}{} blocks, {} bytes, {:.2f} dollars a month {}; {} blocks, {} bytes are kept past their retention\n", text,
             report.blocks, report.bytes, static_cast<double>(report.bytes) / kGiB * config.price_gib_month,
             config.dry_run ? "would go" : "go", report.held_blocks, report.held_bytes);
  return ctx.Check();
}

}  // namespace

int RunBucketCleanup(std::vector<std::string> arguments) {
  CleanupConfig config;
  CommandLine flags("tools bucket cleanup", "Deletes blocks marked long enough ago, and uploads that were broken off.");
  AddCleanupFlags(flags, config);
  return RunTool(flags, config.tool, std::move(arguments),
                 [&config](const Context& ctx, BucketTool& tool) { return Clean(ctx, config, tool); });
}

int RunBucketRetention(std::vector<std::string> arguments) {
  RetentionConfig config;
  CommandLine flags("tools bucket retention", "Marks blocks past their retention for deletion, once.");
  AddCleanupFlags(flags, config.cleanup);
  flags.DurationMs("retention.resolution-raw", config.raw_ms, "How long raw samples are kept. 0d: for ever.");
  flags.DurationMs("retention.resolution-5m", config.five_minutes_ms, "How long 5m data is kept. 0d: for ever.");
  flags.DurationMs("retention.resolution-1h", config.one_hour_ms, "How long 1h data is kept. 0d: for ever.");
  flags.Switch("retention.interlock", config.interlock,
               "Keep a block past its retention until the next resolution is there, whole, and covers it.");
  flags.Switch("dry-run", config.dry_run, "Say what would go, and mark nothing.");
  flags.Real("price-gib-month", config.price_gib_month, "Dollars for a GiB and month.");
  return RunTool(flags, config.cleanup.tool, std::move(arguments),
                 [&config](const Context& ctx, BucketTool& tool) { return Retain(ctx, config, tool); });
}

}  // namespace varve
