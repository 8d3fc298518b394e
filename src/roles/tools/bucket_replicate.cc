#include <algorithm>
#include <charconv>
#include <set>

#include "base/duration.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_group.h"
#include "blocks/compact/plan_blocks.h"
#include "blocks/replicate_block.h"
#include "promql/parser.h"
#include "roles/tools/bucket_commands.h"
#include "roles/tools/tool_loop.h"

namespace varve {
namespace {

constexpr int64_t kIntervalMs = 60'000;

struct ReplicateConfig {
  ServerFlags server;
  std::string objstore, to_objstore;
  std::vector<std::string> resolutions;  // empty: all
  int64_t level_min = 1, level_max = 4;
  std::vector<std::string> levels;  // instead of these two
  std::string matchers;
  bool single_run = false;
  BlockSelection selection;
  std::vector<std::string> ids;
  bool ignore_marked = false;
};

void AddFlags(CommandLine& flags, ReplicateConfig& config) {
  AddHttpServerFlags(flags, config.server);
  flags.PathOrContent("objstore.config", config.objstore, "The bucket to replicate from.");
  flags.PathOrContent("objstore-to.config", config.to_objstore, "The bucket to replicate to.");
  flags.List("resolution", config.resolutions, "Resolution of blocks that are replicated (0s, 5m, 1h). May be repeated.");
  flags.Integer("compaction-min", config.level_min, "Lowest compaction level that is replicated.");
  flags.Integer("compaction-max", config.level_max, "Highest compaction level that is replicated.");
  flags.List("compaction", config.levels, "Compaction level that is replicated, instead of those two. May be repeated.");
  flags.Text("matcher", config.matchers, "Matchers of the external labels of blocks that are replicated: {cluster=\"a\"}.");
  flags.Switch("single-run", config.single_run, "One round, then the command ends. Else a round each minute.");
  AddTimeFlags(flags, config.selection);
  flags.List("id", config.ids, "Block to replicate, whatever the other flags say; one round. May be repeated.");
  flags.Switch("ignore-marked-for-deletion", config.ignore_marked, "Leave out blocks that are marked for deletion.");
}

// Which blocks the flags mean.
class ReplicatedBlocks {
 public:
  static absl::StatusOr<ReplicatedBlocks> Make(const ReplicateConfig& config) {
    ReplicatedBlocks blocks;
    VARVE_ASSIGN_OR_RETURN(const std::vector<Ulid> ids, ParseIds(config.ids));
    blocks.ids_.insert(ids.begin(), ids.end());
    for (const std::string& text : config.resolutions) {
      VARVE_ASSIGN_OR_RETURN(const int64_t resolution, ParseDurationMs(text));
      blocks.resolutions_.insert(resolution);
    }
    if (config.level_min > config.level_max) {
      return InvalidArgument("--compaction-min={} is more than --compaction-max={}", config.level_min, config.level_max);
    }
    for (int64_t level = config.level_min; config.levels.empty() && level <= config.level_max; ++level) {
      blocks.levels_.insert(level);
    }
    for (const std::string& text : config.levels) {
      int64_t level = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), level);
      if (error != std::errc() || end != text.data() + text.size()) {
        return InvalidArgument("--compaction={} is not a number", text);
      }
      blocks.levels_.insert(level);
    }
    if (config.matchers.empty()) return blocks;
    const std::string selector = config.matchers.starts_with('{') ? config.matchers : "{" + config.matchers + "}";
    VARVE_ASSIGN_OR_RETURN(blocks.matchers_, promql::ParseMetricSelector(selector));
    return blocks;
  }

  bool Has(const BlockMeta& block) const {
    const Labels labels = ExternalLabelsOf(block);
    if (labels.empty()) return false;
    if (!ids_.empty()) return ids_.contains(block.id);
    return MatchesAll(matchers_, labels) && levels_.contains(block.compaction.level) &&
           (resolutions_.empty() || resolutions_.contains(ResolutionMsOf(block)));
  }

 private:
  std::set<Ulid> ids_;
  std::set<int64_t> resolutions_, levels_;
  Matchers matchers_;
};

class ReplicateRole : public Role {
 public:
  ReplicateRole(ReplicateConfig config, Process& process)
      : config_(std::move(config)),
        process_(process),
        loop_({.component = "replicate",
               .bucket = {.objstore = config_.objstore},
               .interval_ms = config_.single_run || !config_.ids.empty() ? 0 : kIntervalMs},
              config_.server, process),
        already_there_(NewCounter(process.registry, "thanos_replicate_blocks_already_replicated_total",
                                  "Total number of blocks skipped due to already being replicated.")),
        blocks_(NewCounter(process.registry, "thanos_replicate_blocks_replicated_total", "Total number of blocks replicated.")),
        objects_(
            NewCounter(process.registry, "thanos_replicate_objects_replicated_total", "Total number of objects replicated.")),
        runs_(NewCounterFamily(process.registry, "thanos_replicate_replication_runs_total",
                               "The number of replication runs split by success and error.")) {}
  ~ReplicateRole() override { loop_.Stop(); }

  absl::Status Start() override {
    VARVE_RETURN_IF_ERROR(loop_.Open());
    VARVE_ASSIGN_OR_RETURN(wanted_, ReplicatedBlocks::Make(config_));
    VARVE_ASSIGN_OR_RETURN(to_, OpenBucket("objstore-to.config", config_.to_objstore, to_registry_, process_.log));
    BucketTool& tool = loop_.tool();
    VARVE_ASSIGN_OR_RETURN(MetaFilters filters, SelectionFilters(config_.selection, process_.clock));
    if (config_.ignore_marked) {
      filters.push_back(std::make_unique<DeletionMarkFilter>(tool.bucket(), tool.io(), process_.clock, tool.logger(),
                                                             std::chrono::milliseconds(0)));
    }
    fetcher_ = tool.NewFetcher(std::move(filters));
    return loop_.Start([this](const Context& ctx) {
      const absl::Status status = Round(ctx);
      runs_.Add({{"result", status.ok() ? "success" : "error"}}).Increment();
      return status;
    });
  }

  absl::Status Stop() override { return loop_.Stop(), absl::OkStatus(); }

 private:
  // The oldest first, so that a compactor at the other end meets no gaps. The first failure ends the round.
  absl::Status Round(const Context& ctx) {
    VARVE_ASSIGN_OR_RETURN(const auto snapshot, fetcher_->Fetch(ctx));
    BlockMetas blocks;
    for (const auto& [id, block] : snapshot->blocks) {
      if (wanted_.Has(*block)) blocks.push_back(block);
    }
    SortByMinTime(blocks);
    const ReplicationEnvironment environment{.from = loop_.tool().bucket(),
                                             .to = *to_,
                                             .files = process_.files,
                                             .directory = JoinPath(loop_.tool().environment().directory, Ulid::New().ToString())};
    for (const auto& block : blocks) {
      VARVE_ASSIGN_OR_RETURN(const ReplicationReport report, ReplicateBlock(ctx, environment, block->id));
      objects_.Increment(static_cast<double>(report.objects));
      (report.already_there ? already_there_ : blocks_).Increment();
      if (!report.already_there) {
        process_.log.Info("block replicated", {{"block", block->id.ToString()}, {"objects", report.objects}});
      }
    }
    return snapshot->incomplete;
  }

  const ReplicateConfig config_;
  Process& process_;
  ToolLoop loop_;
  MetricsRegistry to_registry_;  // of the target, whose metrics have the names of the source's
  std::unique_ptr<Bucket> to_;
  std::unique_ptr<MetaFetcher> fetcher_;
  ReplicatedBlocks wanted_;
  Counter &already_there_, &blocks_, &objects_;
  CounterFamily& runs_;
};

}  // namespace

int RunBucketReplicate(std::vector<std::string> arguments) {
  return RunRole<ReplicateRole, ReplicateConfig>("tools bucket replicate", "Copies blocks from one bucket into another.",
                                                 std::move(arguments));
}

}  // namespace varve
