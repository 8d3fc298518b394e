// What the `tools bucket` commands share: their common flags, and a bucket with all that works on it.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "blocks/compact/compaction_environment.h"
#include "blocks/meta_fetcher.h"
#include "roles/block_selection.h"
#include "roles/command_line.h"
#include "roles/server_flags.h"

namespace varve {

class BucketTool {
 public:
  struct Options {
    std::string objstore;   // YAML
    std::string directory;  // for work under way; empty: one among the temporary files
    size_t workers = 2;
  };
  // `registry` outlives the tool.
  static absl::StatusOr<std::unique_ptr<BucketTool>> Open(const Options& options, MetricsRegistry& registry,
                                                          const Logger& logger);

  // The blocks of the bucket that pass the filters; an error if some of them could not be seen.
  absl::StatusOr<std::shared_ptr<const BlockSnapshot>> Fetch(const Context& ctx, MetaFilters filters);
  // For commands that look again and again.
  std::unique_ptr<MetaFetcher> NewFetcher(MetaFilters filters);

  Bucket& bucket() { return *bucket_; }
  Executor& io() { return io_; }
  const Logger& logger() const { return logger_; }
  const CompactionEnvironment& environment() const { return *environment_; }

 private:
  BucketTool(const Options& options, MetricsRegistry& registry, const Logger& logger);

  const Logger logger_;
  MetricsRegistry& registry_;
  Executor io_{"io", 32};
  Executor workers_;
  std::unique_ptr<Bucket> bucket_;
  std::unique_ptr<MetaCache> metas_;
  CompactMetrics metrics_;
  std::unique_ptr<CompactionEnvironment> environment_;
};

// A bucket from the flags --NAME or --NAME-file.
absl::StatusOr<std::unique_ptr<Bucket>> OpenBucket(std::string_view name, const std::string& yaml, MetricsRegistry& registry,
                                                   const Logger& logger);

// <directory for temporary files>/<name>
std::string TemporaryPath(std::string_view name);

// The ids that --id gives, checked.
absl::StatusOr<std::vector<Ulid>> ParseIds(const std::vector<std::string>& texts);

inline constexpr int64_t kTimeoutMs = 300'000;  // of commands that read nothing but metas

struct BucketToolFlags {
  LogFlags log;
  std::string objstore;    // YAML
  int64_t timeout_ms = 0;  // 0: as long as it takes
};
void AddFlags(CommandLine& flags, BucketToolFlags& config);
Context ContextOf(const BucketToolFlags& config);  // ends with the time the command may take

// Parses the flags and runs the command: 0, 1 for an error (which is logged), 2 for wrong flags.
int RunTool(CommandLine& flags, const BucketToolFlags& config, std::vector<std::string> arguments,
            const std::function<absl::Status(const Context& ctx, BucketTool& tool)>& command);

}  // namespace varve
