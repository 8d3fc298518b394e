#include "roles/tools/bucket_tool.h"

#include <cstdio>
#include <filesystem>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/config.h"
#include "objstore/env_expansion.h"

namespace varve {
namespace {

constexpr char kMetricsPrefix[] = "thanos_bucket_";

}  // namespace

std::string TemporaryPath(std::string_view name) {
  std::error_code error;
  const std::filesystem::path directory = std::filesystem::temp_directory_path(error);
  return JoinPath(error ? "/tmp" : directory.string(), name);
}

absl::StatusOr<std::vector<Ulid>> ParseIds(const std::vector<std::string>& texts) {
  std::vector<Ulid> ids;
  for (const std::string& text : texts) {
    const absl::StatusOr<Ulid> id = Ulid::Parse(text);
    if (!id.ok()) return Annotate(id.status(), "--id={}", text);
    ids.push_back(*id);
  }
  return ids;
}

absl::StatusOr<std::unique_ptr<Bucket>> OpenBucket(std::string_view name, const std::string& yaml, MetricsRegistry& registry,
                                                   const Logger& logger) {
  if (yaml.empty()) return InvalidArgument("a bucket is needed: give --{0}-file or --{0}", name);
  VARVE_ASSIGN_OR_RETURN(const std::string expanded, ExpandEnv(yaml));
  return MakeBucket(expanded, registry, logger);
}

BucketTool::BucketTool(const Options& options, MetricsRegistry& registry, const Logger& logger)
    : logger_(logger),
      registry_(registry),
      workers_("workers", std::max<size_t>(options.workers, 1)),
      metrics_(registry, std::chrono::milliseconds(0)) {}

absl::StatusOr<std::unique_ptr<BucketTool>> BucketTool::Open(const Options& options, MetricsRegistry& registry,
                                                             const Logger& logger) {
  std::unique_ptr<BucketTool> tool(new BucketTool(options, registry, logger));
  VARVE_ASSIGN_OR_RETURN(tool->bucket_, OpenBucket("objstore.config", options.objstore, registry, logger));
  tool->metas_ = std::make_unique<MetaCache>(*tool->bucket_, RealFiles(), tool->io_, registry, logger,
                                             MetaCache::Options{.metrics_prefix = kMetricsPrefix});
  tool->environment_ = std::make_unique<CompactionEnvironment>(
      CompactionEnvironment{.bucket = *tool->bucket_,
                            .metas = *tool->metas_,
                            .files = RealFiles(),
                            .io = tool->io_,
                            .workers = tool->workers_,
                            .clock = SystemClock(),
                            .metrics = tool->metrics_,
                            .logger = logger,
                            .directory = options.directory.empty() ? TemporaryPath("varve-tools") : options.directory});
  return tool;
}

std::unique_ptr<MetaFetcher> BucketTool::NewFetcher(MetaFilters filters) {
  return std::make_unique<MetaFetcher>(*metas_, registry_, logger_, std::move(filters), kMetricsPrefix);
}

absl::StatusOr<std::shared_ptr<const BlockSnapshot>> BucketTool::Fetch(const Context& ctx, MetaFilters filters) {
  VARVE_ASSIGN_OR_RETURN(auto snapshot, NewFetcher(std::move(filters))->Fetch(ctx));
  VARVE_RETURN_IF_ERROR(snapshot->incomplete);
  return snapshot;
}

void AddFlags(CommandLine& flags, BucketToolFlags& config) {
  AddProcessFlags(flags, config.log);
  flags.PathOrContent("objstore.config", config.objstore, "The bucket.");
  flags.DurationMs("timeout", config.timeout_ms, "Time the command may take. 0s: as long as it takes.");
}

Context ContextOf(const BucketToolFlags& config) {
  return config.timeout_ms > 0 ? Context().WithTimeout(std::chrono::milliseconds(config.timeout_ms)) : Context();
}

int RunTool(CommandLine& flags, const BucketToolFlags& config, std::vector<std::string> arguments,
            const std::function<absl::Status(const Context& ctx, BucketTool& tool)>& command) {
  const absl::StatusOr<bool> run = flags.Parse(std::move(arguments));
  if (!run.ok()) {
    fmt::print(stderr, "Error parsing commandline arguments: {0}\nvarve tools bucket: error: {0}, try --help\n",
               Message(run.status()));
    return 2;
  }
  if (!*run) return 0;
  const Logger logger = MakeLogger(config.log, "bucket");
  for (const std::string& warning : flags.warnings()) logger.Warn(warning);
  MetricsRegistry registry;
  const absl::StatusOr<std::unique_ptr<BucketTool>> tool = BucketTool::Open({.objstore = config.objstore}, registry, logger);
  absl::Status status = tool.status();
  if (status.ok()) status = command(ContextOf(config), **tool);
  if (status.ok()) return 0;
  logger.Error("command failed", {{"err", status}});
  return 1;
}

}  // namespace varve
