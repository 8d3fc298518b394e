#include "roles/tools/bucket_tool.h"

#include <cstdio>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/config.h"
#include "objstore/env_expansion.h"

namespace varve {

void AddFlags(CommandLine& flags, BucketToolFlags& config) {
  flags.Choice("log.level", config.log.level, {"error", "warn", "info", "debug"}, "Log lines of this level and above.");
  flags.Choice("log.format", config.log.format, {"logfmt", "json"}, "Format of log lines.");
  flags.PathOrContent("objstore.config", config.objstore, "The bucket.");
  flags.DurationMs("timeout", config.timeout_ms, "Time the command may take.");
  flags.Refuse({"tracing.config", "tracing.config-file"}, "tracing is not there yet; leave the flag out");
  flags.Ignore({"enable-auto-gomemlimit", "auto-gomemlimit.ratio"}, "Varve has no Go runtime to limit");
  flags.Ignore({"debug.name"}, "log lines carry the component");
}

absl::StatusOr<std::unique_ptr<BucketTool>> BucketTool::Open(const BucketToolFlags& flags) {
  if (flags.objstore.empty()) {
    return InvalidArgument("a bucket is needed: give --objstore.config-file or --objstore.config");
  }
  std::unique_ptr<BucketTool> tool(new BucketTool(MakeLogger(flags.log, "bucket")));
  VARVE_ASSIGN_OR_RETURN(const std::string yaml, ExpandEnv(flags.objstore));
  VARVE_ASSIGN_OR_RETURN(tool->bucket_, MakeBucket(yaml, tool->registry_, tool->logger_));
  tool->metas_ = std::make_unique<MetaCache>(*tool->bucket_, RealFiles(), tool->io_, tool->registry_, tool->logger_,
                                             MetaCache::Options{.metrics_prefix = "thanos_bucket_"});
  tool->environment_ = std::make_unique<CompactionEnvironment>(CompactionEnvironment{.bucket = *tool->bucket_,
                                                                                     .files = RealFiles(),
                                                                                     .io = tool->io_,
                                                                                     .workers = tool->workers_,
                                                                                     .clock = SystemClock(),
                                                                                     .metrics = tool->metrics_,
                                                                                     .logger = tool->logger_,
                                                                                     .directory = "/tmp/varve-tools"});
  return tool;
}

absl::StatusOr<std::shared_ptr<const BlockSnapshot>> BucketTool::Fetch(const Context& ctx,
                                                                       std::vector<std::unique_ptr<MetaFilter>> filters) {
  MetaFetcher fetcher(*metas_, registry_, logger_, std::move(filters), "thanos_bucket_");
  VARVE_ASSIGN_OR_RETURN(auto snapshot, fetcher.Fetch(ctx));
  VARVE_RETURN_IF_ERROR(snapshot->incomplete);
  return snapshot;
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
  const absl::StatusOr<std::unique_ptr<BucketTool>> tool = BucketTool::Open(config);
  absl::Status status = tool.status();
  if (status.ok()) status = command(Context().WithTimeout(std::chrono::milliseconds(config.timeout_ms)), **tool);
  if (status.ok()) return 0;
  logger.Error("command failed", {{"err", status}});
  return 1;
}

}  // namespace varve
