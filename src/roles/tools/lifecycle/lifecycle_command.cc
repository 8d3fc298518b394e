#include "roles/tools/lifecycle/lifecycle_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_group.h"
#include "blocks/downsample/resolution.h"
#include "blocks/lifecycle/lifecycle_check.h"
#include "blocks/lifecycle/lifecycle_plan.h"
#include "objstore/config.h"
#include "objstore/env_expansion.h"
#include "roles/tools/bucket_tool.h"
#include "roles/tools/text_table.h"
#include "tsdb/rfc3339.h"

namespace varve {
namespace {

constexpr double kGib = 1 << 30;

struct LifecycleConfig {
  BucketToolFlags tool;
  int64_t raw_ms = 0, five_minutes_ms = 0, hour_ms = 0;
  std::string policy;  // of check: the text
  LifecycleWish wish;  // of generate

  RetentionMs retention() const { return {{kRawResolutionMs, raw_ms}, {kFiveMinutesMs, five_minutes_ms}, {kOneHourMs, hour_ms}}; }
};

void AddCommonFlags(CommandLine& flags, LifecycleConfig& config) {
  config.tool.timeout_ms = kTimeoutMs;
  AddFlags(flags, config.tool);
  flags.DurationMs("retention.resolution-raw", config.raw_ms, "How long the compactor keeps raw samples. 0d: for ever.");
  flags.DurationMs("retention.resolution-5m", config.five_minutes_ms, "How long it keeps 5m data. 0d: for ever.");
  flags.DurationMs("retention.resolution-1h", config.hour_ms, "How long it keeps 1h data. 0d: for ever.");
}

// The blocks of the bucket; none without a bucket.
absl::StatusOr<std::vector<BlockOutlook>> Outlook(const Context& ctx, LifecycleConfig& config) {
  if (config.tool.objstore.empty()) return std::vector<BlockOutlook>();
  VARVE_ASSIGN_OR_RETURN(const std::string yaml, ExpandEnv(config.tool.objstore));
  VARVE_ASSIGN_OR_RETURN(const BucketConfig bucket, ParseBucketConfig(yaml));
  if (!bucket.prefix.empty()) config.wish.object_prefix = bucket.prefix + "/";
  if (config.wish.provider.empty()) config.wish.provider = bucket.type;
  if (config.wish.by_mark) return std::vector<BlockOutlook>();  // the rule is the same whatever is there
  MetricsRegistry registry;
  VARVE_ASSIGN_OR_RETURN(const std::unique_ptr<BucketTool> tool, BucketTool::Open({.objstore = config.tool.objstore}, registry,
                                                                                  MakeLogger(config.tool.log, "lifecycle")));
  VARVE_ASSIGN_OR_RETURN(const auto snapshot, tool->Fetch(ctx, {}));
  return OutlookOf(snapshot->blocks, config.retention(), config.wish.object_prefix, SystemClock().NowMs());
}

absl::Status Generate(const Context& ctx, LifecycleConfig& config, const Logger& logger) {
  if (config.tool.objstore.empty() && !config.wish.by_mark) {
    return InvalidArgument("no bucket: give --objstore.config-file, or --by-mark for rules that need none");
  }
  VARVE_ASSIGN_OR_RETURN(const std::vector<BlockOutlook> blocks, Outlook(ctx, config));
  if (config.wish.provider.empty()) config.wish.provider = "S3";
  VARVE_ASSIGN_OR_RETURN(const LifecyclePlan plan, PlanLifecycle(blocks, config.retention(), config.wish, SystemClock().NowMs()));
  fmt::print("{}\n", plan.json);
  if (config.wish.by_mark) {
    logger.Info(
        "chunk files of raw blocks that carry the mark are moved, now and in future; those that write blocks put it on with "
        "`varve: {mark_raw_chunks: true}` in the bucket's YAML, and blocks that are there already have none");
    return absl::OkStatus();
  }
  logger.Info(
      "chunk files of settled raw blocks are moved; the policy is for the blocks of today, so write it again now and then",
      {{"blocks", blocks.size()},
       {"moved_blocks", plan.moved_blocks},
       {"left_out_blocks", plan.left_out_blocks},
       {"moved_gib", fmt::format("{:.3f}", static_cast<double>(plan.moved_bytes) / kGib)},
       {"saved_dollars_per_month", fmt::format("{:.4f}", plan.saved_per_month)},
       {"moving_costs_dollars", fmt::format("{:.4f}", plan.moving_costs)}});
  return absl::OkStatus();
}

std::string Counted(size_t count, std::string_view what) { return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s"); }

TextTable TableOf(const LifecycleReport& report) {
  TextTable table{.header = {"WHEN", "RULE", "DOES", "BLOCK", "PARTS", "NEEDED UNTIL", "GIB", "DOLLARS TO RESTORE"}, .rows = {}};
  for (const LifecycleFinding& finding : report.findings) {
    const bool freezes = finding.does == LifecycleFinding::Does::kFreezes;
    table.rows.push_back({FormatRfc3339(finding.when), finding.rule, freezes ? "freezes" : "deletes", finding.block.ToString(),
                          finding.parts, finding.needed_until == kMaxTimestamp ? "for ever" : FormatRfc3339(finding.needed_until),
                          fmt::format("{:.3f}", static_cast<double>(finding.bytes) / kGib),
                          freezes ? fmt::format("{:.4f}", finding.dollars_to_restore) : "lost"});
  }
  return table;
}

absl::Status Check(const Context& ctx, LifecycleConfig& config) {
  if (config.policy.empty()) {
    return InvalidArgument(
        "no policy: give --policy-file, with what aws s3api get-bucket-lifecycle-configuration or gcloud "
        "storage buckets describe printed");
  }
  VARVE_ASSIGN_OR_RETURN(const LifecyclePolicy policy, ParseLifecyclePolicy(config.policy));
  VARVE_ASSIGN_OR_RETURN(const std::vector<BlockOutlook> blocks, Outlook(ctx, config));
  const LifecycleReport report = CheckLifecycle(policy, blocks, config.retention());
  for (const std::string& mistake : report.mistakes) fmt::print("{}\n", mistake);
  if (!report.findings.empty()) {
    VARVE_ASSIGN_OR_RETURN(const std::string table, TableOf(report).Format("table"));
    fmt::print("{}", table);
  }
  if (config.tool.objstore.empty()) {
    fmt::print("{} of rules. What they do to the blocks of a bucket, by date and dollars: --objstore.config-file\n",
               Counted(report.mistakes.size(), "mistake"));
    return report.safe() ? absl::OkStatus() : FailedPrecondition("the policy is not safe for blocks kept so long");
  }
  double dollars = 0;
  for (const LifecycleFinding& finding : report.findings) dollars += finding.dollars_to_restore;
  fmt::print(
      "{}, {}: {}; {} a block loses something it needs; ${:.2f} to restore what is frozen, ${:.2f} a month saved by classes that "
      "can "
      "be read\n",
      Counted(policy.rules.size(), "rule"), Counted(blocks.size(), "block"), Counted(report.mistakes.size(), "mistake"),
      Counted(report.findings.size(), "time"), dollars, report.saved_per_month);
  return report.safe() ? absl::OkStatus() : FailedPrecondition("the policy is not safe for the blocks of this bucket");
}

void PrintHelp(std::FILE* out) {
  fmt::print(out,
             "usage: varve tools lifecycle <command> [<flags> ...]\n\n"
             "  generate   Writes lifecycle rules that are safe for the blocks of a bucket and its retention.\n"
             "  check      Says what lifecycle rules would freeze or delete that is still needed.\n");
}

}  // namespace

int RunLifecycle(std::vector<std::string> arguments) {
  const std::string name = arguments.empty() ? "" : arguments[0];
  if (name == "--help" || name == "-h") return PrintHelp(stdout), 0;
  const bool generate = name == "generate";
  if (!generate && name != "check") return PrintHelp(stderr), 2;
  arguments.erase(arguments.begin());

  LifecycleConfig config;
  CommandLine flags("tools lifecycle " + name,
                    generate ? "Writes lifecycle rules that are safe for the blocks of a bucket and its retention."
                             : "Says what lifecycle rules would freeze or delete that is still needed.");
  AddCommonFlags(flags, config);
  if (generate) {
    config.wish.provider = "";
    flags.Text("provider", config.wish.provider, "Whose rules to write: S3 or GCS. By default as the bucket's type, else S3.");
    flags.Text("storage-class", config.wish.storage_class,
               "Where chunk files of settled raw blocks go; default GLACIER_IR or COLDLINE.");
    flags.Switch("by-mark", config.wish.by_mark,
                 "One rule for good, by the mark that sidecar and compactor put on chunk files of raw blocks where the "
                 "bucket's YAML has "
                 "varve.mark_raw_chunks; instead of one for each block of today.");
    flags.DurationMs("expire-after", config.wish.expire_after_ms,
                     "Let the cloud delete objects of that age, which is the compactor's work. 0d: no.");
  } else {
    flags.PathOrContent("policy", config.policy, "The policy: XML or JSON of S3, JSON of GCS.");
  }
  const absl::StatusOr<bool> run = flags.Parse(std::move(arguments));
  if (!run.ok()) {
    fmt::print(stderr, "Error parsing commandline arguments: {0}\nvarve tools lifecycle: error: {0}, try --help\n",
               Message(run.status()));
    return 2;
  }
  if (!*run) return 0;
  const Logger logger = MakeLogger(config.tool.log, "lifecycle");
  for (const std::string& warning : flags.warnings()) logger.Warn(warning);
  const Context ctx = ContextOf(config.tool);
  const absl::Status status = generate ? Generate(ctx, config, logger) : Check(ctx, config);
  if (status.ok()) return 0;
  logger.Error("command failed", {{"err", status}});
  return 1;
}

}  // namespace varve
