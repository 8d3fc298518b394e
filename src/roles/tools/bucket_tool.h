// What the `tools bucket` commands share: their common flags, and a bucket with all that works on it.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "blocks/compact/compaction_environment.h"
#include "blocks/meta_fetcher.h"
#include "roles/command_line.h"
#include "roles/server_flags.h"

namespace varve {

struct BucketToolFlags {
  LogFlags log;
  std::string objstore;  // YAML
  int64_t timeout_ms = 300'000;
};
void AddFlags(CommandLine& flags, BucketToolFlags& config);

class BucketTool {
 public:
  static absl::StatusOr<std::unique_ptr<BucketTool>> Open(const BucketToolFlags& flags);

  // The blocks of the bucket that pass the filters.
  absl::StatusOr<std::shared_ptr<const BlockSnapshot>> Fetch(const Context& ctx,
                                                             std::vector<std::unique_ptr<MetaFilter>> filters);

  Bucket& bucket() { return *bucket_; }
  Executor& io() { return io_; }
  const Logger& logger() const { return logger_; }
  const CompactionEnvironment& environment() const { return *environment_; }

 private:
  explicit BucketTool(Logger logger) : logger_(std::move(logger)) {}

  const Logger logger_;
  MetricsRegistry registry_;
  Executor io_{"io", 32};
  Executor workers_{"workers", 2};
  std::unique_ptr<Bucket> bucket_;
  std::unique_ptr<MetaCache> metas_;
  CompactMetrics metrics_{registry_, std::chrono::milliseconds(0)};
  std::unique_ptr<CompactionEnvironment> environment_;
};

// Parses the flags and runs the command: 0, 1 for an error (which is logged), 2 for wrong flags.
int RunTool(CommandLine& flags, const BucketToolFlags& config, std::vector<std::string> arguments,
            const std::function<absl::Status(const Context& ctx, BucketTool& tool)>& command);

}  // namespace varve
