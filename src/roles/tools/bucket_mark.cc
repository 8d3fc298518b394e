#include <cstdio>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"
#include "blocks/marks.h"
#include "roles/tools/bucket_commands.h"
#include "roles/tools/bucket_tool.h"

namespace varve {
namespace {

struct MarkConfig {
  BucketToolFlags tool;
  std::vector<std::string> ids;
  std::string marker;
  std::string details;
  bool remove = false;
};

MarkKind KindOf(std::string_view marker) {
  for (const MarkKind kind : {MarkKind::kDeletion, MarkKind::kNoCompact}) {
    if (MarkFileName(kind) == marker) return kind;
  }
  return MarkKind::kNoDownsample;
}

absl::Status MarkOne(const Context& ctx, const MarkConfig& config, BucketTool& tool, Ulid id) {
  const MarkKind kind = KindOf(config.marker);
  if (config.remove) {
    const absl::Status status = tool.bucket().Delete(ctx, BlockObjectName(id, config.marker));
    if (absl::IsNotFound(status)) return absl::OkStatus();
    VARVE_RETURN_IF_ERROR(status);
    tool.logger().Info("mark removed", {{"block", id.ToString()}, {"mark", config.marker}});
    return absl::OkStatus();
  }
  VARVE_ASSIGN_OR_RETURN(const bool there, tool.bucket().Exists(ctx, BlockObjectName(id, kMetaFileName)));
  if (!there) return NotFound("block {} is not in the bucket", id);
  BlockMark mark{.id = id, .time_s = SystemClock().NowMs() / 1000, .details = config.details};
  if (kind != MarkKind::kDeletion) mark.reason = kReasonManual;
  VARVE_ASSIGN_OR_RETURN(const bool marked, WriteMark(ctx, tool.bucket(), kind, mark));
  tool.logger().Info(marked ? "block has been marked" : "block was marked before",
                     {{"block", id.ToString()}, {"mark", config.marker}});
  return absl::OkStatus();
}

absl::Status MarkAll(const Context& ctx, const MarkConfig& config, BucketTool& tool) {
  if (config.ids.empty()) return InvalidArgument("no blocks: give --id");
  VARVE_ASSIGN_OR_RETURN(const std::vector<Ulid> ids, ParseIds(config.ids));
  for (const Ulid id : ids) VARVE_RETURN_IF_ERROR(Annotate(MarkOne(ctx, config, tool, id), "mark block {}", id));
  return absl::OkStatus();
}

}  // namespace

int RunBucketMark(std::vector<std::string> arguments) {
  MarkConfig config;
  config.marker = MarkFileName(MarkKind::kDeletion);
  CommandLine flags("tools bucket mark", "Marks blocks, or takes marks away: --remove lifts a quarantine.");
  AddFlags(flags, config.tool);
  flags.List("id", config.ids, "Block to mark. May be repeated.");
  flags.Choice("marker", config.marker,
               {MarkFileName(MarkKind::kDeletion), MarkFileName(MarkKind::kNoCompact), MarkFileName(MarkKind::kNoDownsample)},
               "Which mark.");
  flags.Text("details", config.details, "Why, for people.");
  flags.Switch("remove", config.remove, "Take the mark away.");
  return RunTool(flags, config.tool, std::move(arguments),
                 [&config](const Context& ctx, BucketTool& tool) { return MarkAll(ctx, config, tool); });
}

}  // namespace varve
