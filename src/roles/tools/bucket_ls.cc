#include <cstdio>

#include "base/duration.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_group.h"
#include "objstore/env_expansion.h"
#include "roles/tools/bucket_commands.h"
#include "roles/tools/bucket_tool.h"
#include "tsdb/rfc3339.h"

namespace varve {
namespace {

struct LsConfig {
  BucketToolFlags tool;
  std::string output;
  bool exclude_delete = false;
  std::string selector_relabel;
  TimeFlag min_time = kBeginningOfTime, max_time = kEndOfTime;
};

std::string SecondsText(TimestampMs time) { return FormatRfc3339(time / 1000 * 1000); }

absl::Status List(const Context& ctx, const LsConfig& config, BucketTool& tool) {
  VARVE_ASSIGN_OR_RETURN(const std::string relabel_yaml, ExpandEnv(config.selector_relabel));
  VARVE_ASSIGN_OR_RETURN(RelabelRules relabel, ParseSelectorRelabelRules(relabel_yaml));
  std::vector<std::unique_ptr<MetaFilter>> filters;
  filters.push_back(NewLabelShardFilter(std::move(relabel)));
  filters.push_back(NewTimeRangeFilter([&config] {
    const TimestampMs now = SystemClock().NowMs();
    return QueryRange{config.min_time.Resolve(now), config.max_time.Resolve(now)};
  }));
  if (config.exclude_delete) {
    filters.push_back(std::make_unique<DeletionMarkFilter>(tool.bucket(), tool.io(), SystemClock(), tool.logger(),
                                                           std::chrono::milliseconds(0)));
  }
  VARVE_ASSIGN_OR_RETURN(const auto snapshot, tool.Fetch(ctx, std::move(filters)));
  for (const auto& [id, block] : snapshot->blocks) fmt::print("{}\n", FormatBlock(*block, config.output));
  tool.logger().Info("ls done", {{"objects", snapshot->blocks.size()}});
  return absl::OkStatus();
}

}  // namespace

std::string FormatBlock(const BlockMeta& block, std::string_view format) {
  if (format == "json") {
    std::string json = BlockMetaToJson(block);
    json.pop_back();  // its newline
    return json;
  }
  if (format != "wide") return block.id.ToString();
  return fmt::format("{} -- {} - {} Diff: {}, Compaction: {}, Downsample: {}, Source: {}", block.id, SecondsText(block.range.min),
                     SecondsText(block.range.max_exclusive), FormatGoDuration(block.range.max_exclusive - block.range.min),
                     block.compaction.level, ResolutionMsOf(block), block.thanos.has_value() ? block.thanos->source : "");
}

int RunBucketLs(std::vector<std::string> arguments) {
  LsConfig config;
  CommandLine flags("tools bucket ls", "Lists the blocks of a bucket.");
  AddFlags(flags, config.tool);
  flags.Choice("output,o", config.output, {"", "wide", "json"}, "How a block is printed: its id, a line, or its meta.json.");
  flags.Switch("exclude-delete", config.exclude_delete, "Leave out blocks marked for deletion.");
  flags.Time("min-time", config.min_time, "Blocks that end before are left out: RFC 3339, or a distance from now such as -6w.");
  flags.Time("max-time", config.max_time, "Blocks that begin after are left out.");
  flags.PathOrContent("selector.relabel-config", config.selector_relabel,
                      "Relabelling (keep, drop, hashmod) over external labels and __block_id: which blocks are listed.");
  return RunTool(flags, config.tool, std::move(arguments),
                 [&config](const Context& ctx, BucketTool& tool) { return List(ctx, config, tool); });
}

}  // namespace varve
