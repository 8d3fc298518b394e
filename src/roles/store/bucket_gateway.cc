#include "roles/store/bucket_gateway.h"

#include <stdlib.h>

#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/config.h"
#include "objstore/env_expansion.h"
#include "runtime/malloc_arenas.h"

namespace varve {
namespace {

constexpr int kFirstSyncTries = 4;
constexpr std::chrono::seconds kFirstSyncPause(10);
constexpr int kIncompleteTries = 4;
constexpr std::chrono::seconds kIncompletePause(15);

absl::StatusOr<std::string> MakeTemporaryDirectory() {
  std::string path = "/tmp/varve-store-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return Unavailable("make a temporary directory in /tmp for index headers");
  return path;
}

}  // namespace

BucketGateway::BucketGateway(const BucketFlags& flags, Process& process, Executor& executor)
    : flags_(flags), process_(process), executor_(executor), caches_(flags_, process, executor) {}

absl::Status BucketGateway::Open() {
  if (flags_.objstore.empty()) return InvalidArgument("no bucket: give --objstore.config-file or --objstore.config");
  VARVE_ASSIGN_OR_RETURN(const std::string yaml, ExpandEnv(flags_.objstore));
  VARVE_ASSIGN_OR_RETURN(bucket_, MakeBucket(yaml, process_.registry, process_.log, flags_.objstore_path));
  VARVE_RETURN_IF_ERROR(caches_.Open(*bucket_));
  VARVE_ASSIGN_OR_RETURN(bucket_, caches_.Wrap(std::move(bucket_)));
  VARVE_ASSIGN_OR_RETURN(const ListingStrategy strategy, ParseListingStrategy(flags_.discovery_strategy));
  VARVE_ASSIGN_OR_RETURN(const std::string relabel_yaml, ExpandEnv(flags_.selector_relabel));
  VARVE_ASSIGN_OR_RETURN(RelabelRules relabel, ParseSelectorRelabelRules(relabel_yaml));

  data_dir_ = flags_.data_dir;
  if (!flags_.cache_index_header) {
    VARVE_ASSIGN_OR_RETURN(data_dir_, MakeTemporaryDirectory());
    data_dir_is_temporary_ = true;
  }
  VARVE_RETURN_IF_ERROR(process_.files.MakeDirectories(data_dir_));

  const auto range = [flags = flags_, clock = &process_.clock] {
    const TimestampMs now = clock->NowMs();
    return QueryRange{flags.min_time.Resolve(now), flags.max_time.Resolve(now)};
  };
  metas_ = std::make_unique<MetaCache>(*bucket_, process_.files, executor_, process_.registry, process_.log,
                                       MetaCache::Options{.directory = data_dir_,
                                                          .strategy = strategy,
                                                          .parallel_max = static_cast<size_t>(flags_.meta_fetch_concurrency),
                                                          .clock = &process_.clock});
  std::vector<std::unique_ptr<MetaFilter>> filters;
  filters.push_back(NewTimeRangeFilter(range));
  filters.push_back(NewLabelShardFilter(std::move(relabel)));
  filters.push_back(NewConsistencyDelayFilter(std::chrono::milliseconds(flags_.consistency_delay_ms), process_.clock,
                                              process_.registry, "thanos_"));
  filters.push_back(std::make_unique<DeletionMarkFilter>(*bucket_, executor_, process_.clock, process_.log,
                                                         std::chrono::milliseconds(flags_.ignore_deletion_marks_delay_ms),
                                                         static_cast<size_t>(flags_.meta_fetch_concurrency), metas_.get()));
  filters.push_back(NewDuplicateFilter());
  fetcher_ = std::make_unique<MetaFetcher>(*metas_, process_.registry, process_.log, std::move(filters));

  header_metrics_ = std::make_unique<IndexHeaderMetrics>(process_.registry, "thanos_bucket_store_");
  headers_ = std::make_unique<IndexHeaderEnvironment>(IndexHeaderEnvironment{.source = FetchSourceOf(*bucket_, executor_),
                                                                             .files = process_.files,
                                                                             .clock = process_.clock,
                                                                             .logger = process_.log,
                                                                             .metrics = *header_metrics_,
                                                                             .directory = data_dir_});
  headers_->source.index_cache = caches_.index_cache();
  headers_->source.memory = caches_.memory();
  store_ = std::make_unique<BucketStore>(*fetcher_, *headers_, executor_, process_.registry, process_.log, StoreOptions(range));
  return absl::OkStatus();
}

BucketStoreOptions BucketGateway::StoreOptions(std::function<QueryRange()> range) const {
  BucketStoreOptions options;
  options.series_concurrency_max = static_cast<int>(flags_.series_concurrency_max);
  options.series_limit = static_cast<uint64_t>(flags_.request_series_max);
  options.samples_limit = static_cast<uint64_t>(flags_.request_samples_max);
  options.downloaded_bytes_limit = flags_.downloaded_bytes_max;
  options.range = std::move(range);
  options.index_header_idle = std::chrono::milliseconds(flags_.index_header_idle_ms);
  options.log_slower_than = std::chrono::milliseconds(flags_.log_queries_longer_than_ms);
  options.index_headers_first = flags_.index_header_download == "eager";
  options.block_sync_concurrency = static_cast<size_t>(flags_.block_sync_concurrency);
  BucketBlockLimits& limits = options.block_limits;
  limits.lazy_postings = {.enabled = flags_.lazy_expanded_postings, .keys_per_series_max = flags_.posting_keys_per_series_max};
  if (flags_.series_batch > 0) limits.series_batch = static_cast<size_t>(flags_.series_batch);
  limits.series_bytes = static_cast<uint64_t>(flags_.estimated_series_bytes);
  limits.chunk_bytes = static_cast<uint64_t>(flags_.estimated_chunk_bytes);
  return options;
}

void BucketGateway::AddTo(HttpRouter& router) {
  block_status_ = std::make_unique<BlockStatusHandlers>(*store_);
  block_status_->AddTo(router);
}

void BucketGateway::Start(std::function<void(const absl::Status&)> on_first_sync) {
  on_first_sync_ = std::move(on_first_sync);
  sync_ = std::make_unique<PeriodicTask>("block-sync", process_.clock, std::chrono::milliseconds(flags_.sync_interval_ms),
                                         [this](const Context& ctx) { SyncRound(ctx); });
  sync_->Start();
}

void BucketGateway::SyncRound(const Context& round) {
  const Context ctx = round.WithPriority(Priority::kBackground);
  if (on_first_sync_) {
    const absl::Status status = FirstSync(ctx);
    if (!ctx.stopped()) std::exchange(on_first_sync_, nullptr)(status);
  } else {
    LogFailed(ctx, Sync(ctx));
  }
  // Blocks that could not be read just now are missed until the next round, so that one comes sooner.
  std::chrono::seconds pause = kIncompletePause;
  for (int again = 0; again < kIncompleteTries && !fetcher_->snapshot()->incomplete.ok(); ++again, pause *= 2) {
    if (!process_.clock.Sleep(ctx, pause).ok()) return;
    LogFailed(ctx, Sync(ctx));
  }
}

void BucketGateway::LogFailed(const Context& ctx, const absl::Status& sync) const {
  if (!sync.ok() && !ctx.stopped()) process_.log.Warn("syncing blocks failed", {{"err", sync}});
}

absl::Status BucketGateway::Sync(const Context& ctx) {
  const absl::Status status = store_->Sync(ctx);
  ReturnFreeMemory();  // a listing of 10,000 blocks is 20 MiB of XML
  if (on_sync_ && !ctx.stopped()) on_sync_(status);
  return status;
}

absl::Status BucketGateway::FirstSync(const Context& ctx) {
  process_.log.Info("initializing bucket store");
  const auto began = Context::Clock::now();
  for (int attempt = 1;; ++attempt) {
    const absl::Status status = Sync(ctx);
    if (status.ok()) break;
    if (attempt == kFirstSyncTries || ctx.stopped()) return Annotate(status, "bucket store initial sync");
    process_.log.Warn("initial sync failed, trying again", {{"err", status}});
    VARVE_RETURN_IF_ERROR(process_.clock.Sleep(ctx, kFirstSyncPause));
  }
  const auto took = std::chrono::duration<double>(Context::Clock::now() - began);
  process_.log.Info("bucket store ready", {{"init_duration", fmt::format("{:.3f}s", took.count())}});
  return absl::OkStatus();
}

void BucketGateway::Stop() {
  if (sync_ != nullptr) sync_->Stop();
  if (std::exchange(data_dir_is_temporary_, false)) process_.files.RemoveTree(data_dir_).IgnoreError();
}

}  // namespace varve
