#include <algorithm>
#include <cstdio>

#include "base/duration.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_group.h"
#include "blocks/downsample/resolution.h"
#include "roles/label_flags.h"
#include "roles/tools/bucket_commands.h"
#include "roles/tools/bucket_tool.h"
#include "tsdb/rfc3339.h"

namespace varve {
namespace {

constexpr int64_t kHourMs = 3'600'000;

struct InspectConfig {
  BucketToolFlags tool;
  std::vector<std::string> selectors;
  std::vector<std::string> sort_by;
  std::string output = "table";
};

std::string WithCommas(uint64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<int64_t>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<size_t>(at), ",");
  return text;
}

// How much longer the block has to be until it is downsampled for its length.
std::string UntilDownsampling(const BlockMeta& block) {
  const int64_t length = block.range.max_exclusive - block.range.min;
  const int64_t resolution = ResolutionMsOf(block);
  if (resolution == kRawResolutionMs) return FormatGoDuration(40 * kHourMs - length);
  return resolution == kFiveMinutesMs ? FormatGoDuration(240 * kHourMs - length) : "-";
}

std::string LabelsText(const BlockMeta& block) {
  std::string text;
  if (!block.thanos.has_value()) return text;
  for (const auto& [name, value] : block.thanos->labels) {
    if (!text.empty()) text += ",";
    text += name + "=" + value;
  }
  return text;
}

absl::Status Inspect(const Context& ctx, const InspectConfig& config, BucketTool& tool) {
  VARVE_ASSIGN_OR_RETURN(const Labels selected, ParseLabelFlags(config.selectors));
  VARVE_ASSIGN_OR_RETURN(const auto snapshot, tool.Fetch(ctx, {}));
  BlockMetaMap blocks = snapshot->blocks;
  std::erase_if(blocks, [&selected](const auto& entry) {
    const Labels labels = ExternalLabelsOf(*entry.second);
    return std::any_of(selected.begin(), selected.end(),
                       [&labels](const LabelView& label) { return labels.Get(label.name) != label.value; });
  });
  TextTable table = InspectTable(blocks);
  VARVE_RETURN_IF_ERROR(table.SortBy(config.sort_by.empty() ? std::vector<std::string>{"FROM", "UNTIL"} : config.sort_by));
  VARVE_ASSIGN_OR_RETURN(const std::string text, table.Format(config.output));
  fmt::print("{}", text);
  return absl::OkStatus();
}

}  // namespace

TextTable InspectTable(const BlockMetaMap& blocks) {
  TextTable table{.header = {"ULID", "FROM", "UNTIL", "RANGE", "UNTIL-DOWN", "#SERIES", "#SAMPLES", "#CHUNKS", "COMP-LEVEL",
                             "COMP-FAILED", "LABELS", "RESOLUTION", "SOURCE"}};
  for (const auto& [id, block] : blocks) {
    table.rows.push_back(
        {id.ToString(), FormatRfc3339(block->range.min / 1000 * 1000), FormatRfc3339(block->range.max_exclusive / 1000 * 1000),
         FormatGoDuration(block->range.max_exclusive - block->range.min), UntilDownsampling(*block),
         WithCommas(block->stats.series), WithCommas(block->stats.samples), WithCommas(block->stats.chunks),
         std::to_string(block->compaction.level), block->compaction.failed ? "true" : "false", LabelsText(*block),
         FormatGoDuration(ResolutionMsOf(*block)), block->thanos.has_value() ? block->thanos->source : ""});
  }
  return table;
}

int RunBucketInspect(std::vector<std::string> arguments) {
  InspectConfig config;
  CommandLine flags("tools bucket inspect", "Shows the blocks of a bucket as a table.");
  config.tool.timeout_ms = kTimeoutMs;
  AddFlags(flags, config.tool);
  flags.List("selector,l", config.selectors,
             "Blocks with this external label, name=\"value\". May be repeated: all have to match.");
  flags.List("sort-by", config.sort_by, "Column to sort by (FROM, UNTIL). May be repeated.");
  flags.Choice("output", config.output, {"table", "csv", "tsv", "json"}, "Form of the table.");
  return RunTool(flags, config.tool, std::move(arguments),
                 [&config](const Context& ctx, BucketTool& tool) { return Inspect(ctx, config, tool); });
}

}  // namespace varve
