#include <cstdio>

#include "base/duration.h"
#include "base/status_macros.h"
#include "blocks/block_group.h"
#include "roles/tools/block_template.h"
#include "roles/tools/bucket_commands.h"
#include "roles/tools/bucket_tool.h"
#include "tsdb/rfc3339.h"

namespace varve {
namespace {

struct LsConfig {
  BucketToolFlags tool;
  std::string output;
  bool exclude_delete = false;
  BlockSelection selection;
};

std::string SecondsText(TimestampMs time) { return FormatRfc3339(time / 1000 * 1000); }

absl::Status List(const Context& ctx, const LsConfig& config, BucketTool& tool) {
  VARVE_ASSIGN_OR_RETURN(MetaFilters filters, SelectionFilters(config.selection, SystemClock()));
  if (config.exclude_delete) {
    filters.push_back(std::make_unique<DeletionMarkFilter>(tool.bucket(), tool.io(), SystemClock(), tool.logger(),
                                                           std::chrono::milliseconds(0)));
  }
  VARVE_ASSIGN_OR_RETURN(const auto snapshot, tool.Fetch(ctx, std::move(filters)));
  for (const auto& [id, block] : snapshot->blocks) {
    VARVE_ASSIGN_OR_RETURN(const std::string text, FormatBlock(*block, config.output));
    fmt::print("{}\n", text);
  }
  tool.logger().Info("ls done", {{"objects", snapshot->blocks.size()}});
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> FormatBlock(const BlockMeta& block, std::string_view format) {
  if (format == "json") {
    std::string json = BlockMetaToJson(block);
    json.pop_back();  // its newline
    return json;
  }
  if (format.empty()) return block.id.ToString();
  if (format != "wide") return ExpandBlockTemplate(format, block);
  return fmt::format("{} -- {} - {} Diff: {}, Compaction: {}, Downsample: {}, Source: {}", block.id, SecondsText(block.range.min),
                     SecondsText(block.range.max_exclusive), FormatGoDuration(block.range.max_exclusive - block.range.min),
                     block.compaction.level, ResolutionMsOf(block), block.thanos.has_value() ? block.thanos->source : "");
}

int RunBucketLs(std::vector<std::string> arguments) {
  LsConfig config;
  CommandLine flags("tools bucket ls", "Lists the blocks of a bucket.");
  config.tool.timeout_ms = kTimeoutMs;
  AddFlags(flags, config.tool);
  flags.Text(
      "output,o", config.output,
      "How a block is printed: its id, a line (wide), its meta.json (json), or by a template such as '{{.ULID}} {{.MinTime}}'.");
  flags.Switch("exclude-delete", config.exclude_delete, "Leave out blocks marked for deletion.");
  AddTimeFlags(flags, config.selection);
  AddRelabelFlags(flags, config.selection);
  return RunTool(flags, config.tool, std::move(arguments),
                 [&config](const Context& ctx, BucketTool& tool) { return List(ctx, config, tool); });
}

}  // namespace varve
