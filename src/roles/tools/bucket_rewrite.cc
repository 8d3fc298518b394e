#include <cstdio>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"
#include "blocks/compact/block_marker.h"
#include "blocks/rewrite/rewrite_block.h"
#include "objstore/env_expansion.h"
#include "roles/tools/bucket_commands.h"
#include "roles/tools/bucket_tool.h"
#include "roles/tools/rewrite_config.h"
#include "tsdb/output_file.h"

namespace varve {
namespace {

struct RewriteConfig {
  BucketToolFlags tool;
  std::vector<std::string> ids;
  std::string directory = TemporaryPath("varve-rewrite");
  bool dry_run = true;
  bool prometheus_blocks = false;
  bool delete_blocks = false;
  std::string hash_function;
  std::string deletions, relabels;  // YAML
  bool change_log = true;
};

// The lines of one block: on stdout in a dry run, in a file if there is to be one.
class ChangeLogFile {
 public:
  static absl::StatusOr<ChangeLogFile> Open(const RewriteConfig& config, Ulid source) {
    ChangeLogFile log;
    log.print_ = config.dry_run;
    if (!config.change_log) return log;
    VARVE_RETURN_IF_ERROR(RealFiles().MakeDirectories(config.directory));
    log.path_ = JoinPath(config.directory, source.ToString() + ".change.log");
    VARVE_ASSIGN_OR_RETURN(log.file_, OutputFile::Create(log.path_));
    return log;
  }

  void Add(std::string_view line) {
    if (print_) fmt::print("{}\n", line);
    if (file_ != nullptr) status_.Update(file_->Append(AsBytes(fmt::format("{}\n", line))));
  }
  absl::Status Close() {
    if (file_ != nullptr) status_.Update(file_->Close());
    return Annotate(status_, "write {}", path_);
  }
  const std::string& path() const { return path_; }

 private:
  bool print_ = false;
  std::string path_;
  std::unique_ptr<OutputFile> file_;
  absl::Status status_;
};

absl::Status RewriteOne(const Context& ctx, const RewriteConfig& config, const SeriesChanges& changes, BucketTool& tool,
                        Ulid id) {
  VARVE_ASSIGN_OR_RETURN(const std::string text, tool.bucket().ReadAll(ctx, BlockObjectName(id, kMetaFileName)));
  VARVE_ASSIGN_OR_RETURN(BlockMeta meta, ParseBlockMeta(text));
  VARVE_ASSIGN_OR_RETURN(const FileHash hash, ParseFileHash(config.hash_function));
  VARVE_ASSIGN_OR_RETURN(ChangeLogFile log, ChangeLogFile::Open(config, id));
  CompactionEnvironment environment = tool.environment();
  environment.directory = config.directory;
  const RewriteOptions options{.dry_run = config.dry_run, .upload = {.hash = hash, .labels_required = !config.prometheus_blocks}};
  VARVE_ASSIGN_OR_RETURN(const RewriteReport report,
                         RewriteBlock(ctx, environment, std::make_shared<const BlockMeta>(std::move(meta)), changes, options,
                                      [&log](std::string_view line) { log.Add(line); }));
  VARVE_RETURN_IF_ERROR(log.Close());
  tool.logger().Info(config.dry_run ? "dry run: nothing was changed" : "block rewritten",
                     {{"block", id.ToString()},
                      {"made", report.made.has_value() ? report.made->id.ToString() : std::string("none")},
                      {"series_deleted", report.series_deleted},
                      {"series_cut", report.series_cut},
                      {"series_relabelled", report.series_relabelled},
                      {"samples_deleted", report.samples_deleted},
                      {"change_log", log.path()}});
  if (config.dry_run || !config.delete_blocks) return absl::OkStatus();
  return BlockMarker(tool.bucket(), environment.clock, environment.metrics, environment.logger)
      .MarkForDeletion(ctx, id, "block rewritten");
}

absl::Status Rewrite(const Context& ctx, const RewriteConfig& config, BucketTool& tool) {
  if (config.ids.empty()) return InvalidArgument("no blocks: give --id");
  VARVE_ASSIGN_OR_RETURN(const std::vector<Ulid> ids, ParseIds(config.ids));
  VARVE_ASSIGN_OR_RETURN(const std::string deletions, ExpandEnv(config.deletions));
  VARVE_ASSIGN_OR_RETURN(const std::string relabels, ExpandEnv(config.relabels));
  VARVE_ASSIGN_OR_RETURN(const SeriesChanges changes, ParseSeriesChanges(deletions, relabels));
  for (const Ulid id : ids) VARVE_RETURN_IF_ERROR(Annotate(RewriteOne(ctx, config, changes, tool, id), "block {}", id));
  return absl::OkStatus();
}

}  // namespace

int RunBucketRewrite(std::vector<std::string> arguments) {
  RewriteConfig config;
  CommandLine flags(
      "tools bucket rewrite",
      "Makes new blocks of blocks, with series deleted or relabelled. Stop the compactor meanwhile: both blocks are "
      "there until the old one is deleted.");
  AddFlags(flags, config.tool);
  flags.List("id", config.ids, "Block to rewrite. May be repeated.");
  flags.Text("tmp.dir", config.directory, "Local directory for work under way and change logs.");
  flags.Switch("dry-run", config.dry_run, "Print what would be changed, and change nothing. --no-dry-run does it.");
  flags.Switch("prom-blocks", config.prometheus_blocks, "Take blocks without external labels, for a Prometheus' own directory.");
  flags.Switch("delete-blocks", config.delete_blocks, "Mark a block for deletion once its new one is in the bucket.");
  flags.Choice("hash-func", config.hash_function, {"", "SHA256"}, "Hash of each file to keep in meta.json.");
  flags.PathOrContent("rewrite.to-delete-config", config.deletions, "Which series lose samples, and when.");
  flags.PathOrContent("rewrite.to-relabel-config", config.relabels, "Relabelling of every series, before deletion.");
  flags.Switch("rewrite.add-change-log", config.change_log,
               "Write a line for each series changed to <tmp.dir>/<block>.change.log.");
  return RunTool(flags, config.tool, std::move(arguments),
                 [&config](const Context& ctx, BucketTool& tool) { return Rewrite(ctx, config, tool); });
}

}  // namespace varve
