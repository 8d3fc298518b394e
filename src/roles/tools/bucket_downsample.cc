#include "base/status_macros.h"
#include "blocks/compact/bucket_downsampler.h"
#include "blocks/compact/compact_filters.h"
#include "roles/tools/bucket_commands.h"
#include "roles/tools/tool_loop.h"

namespace varve {
namespace {

constexpr size_t kMarksParallel = 32;

struct DownsampleConfig {
  ServerFlags server;
  std::string objstore;
  int64_t wait_interval_ms = 300'000;
  int64_t concurrency = 1;
  int64_t files_concurrency = 1;
  std::string data_dir = "./data";
  std::string hash_function;
};

void AddFlags(CommandLine& flags, DownsampleConfig& config) {
  AddHttpServerFlags(flags, config.server);
  flags.PathOrContent("objstore.config", config.objstore, "The bucket.");
  flags.DurationMs("wait-interval", config.wait_interval_ms, "Pause between two rounds. 0s: one round, then the command ends.");
  flags.Integer("downsample.concurrency", config.concurrency, "Blocks downsampled at a time.");
  flags.Integer("block-files-concurrency", config.files_concurrency, "Files of a block uploaded at a time.");
  flags.Text("data-dir", config.data_dir, "Local directory for work under way. It may be lost.");
  flags.Choice("hash-func", config.hash_function, {"", "SHA256"}, "Hash of each file to keep in meta.json.");
}

// Downsamples what is due, as the compactor would, and nothing else.
class DownsampleRole : public Role {
 public:
  DownsampleRole(DownsampleConfig config, Process& process)
      : config_(std::move(config)),
        loop_({.component = "downsample",
               .bucket = {.objstore = config_.objstore,
                          .directory = config_.data_dir,
                          .workers = static_cast<size_t>(std::max<int64_t>(config_.concurrency, 1))},
               .interval_ms = config_.wait_interval_ms},
              config_.server, process) {}
  ~DownsampleRole() override { loop_.Stop(); }

  absl::Status Start() override {
    VARVE_RETURN_IF_ERROR(loop_.Open());
    VARVE_ASSIGN_OR_RETURN(const FileHash hash, ParseFileHash(config_.hash_function));
    BucketTool& tool = loop_.tool();
    MetaFilters filters;
    const auto add = [&filters](auto filter) {
      auto* raw = filter.get();
      filters.push_back(std::move(filter));
      return raw;
    };
    add(NewDuplicateFilter());
    for (const auto& [kind, state] : {std::pair(MarkKind::kDeletion, "marked-for-deletion"),
                                      std::pair(MarkKind::kNoDownsample, "marked-for-no-downsample")}) {
      marks_.push_back(add(std::make_unique<MarkFilter>(kind, state, tool.bucket(), tool.io(), tool.logger(), kMarksParallel)));
    }
    fetcher_ = tool.NewFetcher(std::move(filters));
    downsampler_.emplace(
        tool.environment(),
        BucketDownsamplerOptions{
            .plan = {},
            .upload = {.hash = hash, .parallel_max = static_cast<size_t>(std::max<int64_t>(config_.files_concurrency, 1))},
            .concurrency = static_cast<size_t>(std::max<int64_t>(config_.concurrency, 1))});
    return loop_.Start([this](const Context& ctx) { return Round(ctx); });
  }

  absl::Status Stop() override { return loop_.Stop(), absl::OkStatus(); }

 private:
  absl::Status Round(const Context& ctx) {
    VARVE_ASSIGN_OR_RETURN(const auto snapshot, fetcher_->Fetch(ctx));
    VARVE_RETURN_IF_ERROR(snapshot->incomplete);
    std::set<Ulid> excluded;
    for (const MarkFilter* filter : marks_) {
      for (const auto& [id, mark] : filter->marks()) excluded.insert(id);
    }
    return downsampler_->Downsample(ctx, snapshot->blocks, excluded);
  }

  const DownsampleConfig config_;
  ToolLoop loop_;
  std::unique_ptr<MetaFetcher> fetcher_;
  std::vector<const MarkFilter*> marks_;  // owned by the fetcher
  std::optional<BucketDownsampler> downsampler_;
};

}  // namespace

int RunBucketDownsample(std::vector<std::string> arguments) {
  return RunRole<DownsampleRole, DownsampleConfig>("tools bucket downsample", "Downsamples the blocks of a bucket that are due.",
                                                   std::move(arguments));
}

}  // namespace varve
