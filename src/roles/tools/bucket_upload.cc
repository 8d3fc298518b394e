#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/shipper.h"
#include "roles/label_flags.h"
#include "roles/tools/bucket_commands.h"
#include "roles/tools/bucket_tool.h"

namespace varve {
namespace {

struct UploadConfig {
  BucketToolFlags tool;
  std::string path = "./data";
  std::vector<std::string> labels;
  bool upload_compacted = false;
  int64_t concurrency = 5;
};

absl::Status Upload(const Context& ctx, const UploadConfig& config, BucketTool& tool) {
  VARVE_ASSIGN_OR_RETURN(const Labels labels, ParseLabelFlags(config.labels));
  if (labels.empty()) return InvalidArgument("the blocks need external labels that tell whose they are: give --label");
  const absl::StatusOr<FileInfo> directory = RealFiles().Stat(config.path);
  if (!directory.ok()) return Annotate(directory.status(), "--path={}", config.path);
  MetricsRegistry registry;
  Shipper shipper({tool.bucket(), RealFiles(), tool.io(), SystemClock()}, registry, tool.logger(),
                  {.directory = config.path,
                   .source = "bucket.upload",
                   .upload_compacted = config.upload_compacted,
                   .upload = {.parallel_max = static_cast<size_t>(std::max<int64_t>(config.concurrency, 1))}},
                  [&labels] { return labels; });
  VARVE_ASSIGN_OR_RETURN(const size_t uploaded, shipper.Sync(ctx));
  tool.logger().Info("synced blocks", {{"uploaded", uploaded}});
  return absl::OkStatus();
}

}  // namespace

int RunBucketUploadBlocks(std::vector<std::string> arguments) {
  UploadConfig config;
  CommandLine flags("tools bucket upload-blocks", "Uploads the blocks of a local directory, once.");
  AddFlags(flags, config.tool);
  flags.Text("path", config.path, "Directory with the blocks.");
  flags.List("label", config.labels, "External label name=\"value\" of the uploaded blocks. May be repeated.");
  flags.Switch("shipper.upload-compacted", config.upload_compacted, "Upload compacted blocks, too.");
  flags.Integer("shipper.upload-concurrency", config.concurrency, "Files of a block uploaded at a time.");
  return RunTool(flags, config.tool, std::move(arguments),
                 [&config](const Context& ctx, BucketTool& tool) { return Upload(ctx, config, tool); });
}

}  // namespace varve
