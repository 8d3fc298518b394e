#include "blocks/meta_fetcher.h"

#include <chrono>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

// What dashboards expect to find even when it is zero.
constexpr std::string_view kStates[] = {
    "corrupted-meta-json", "no-meta-json",  "loaded",    "too-fresh",           "failed",
    "label-excluded",      "time-excluded", "duplicate", "marked-for-deletion", "marked-for-no-compact",
    "parquet-migrated",    "archived"};

}  // namespace

MetaFetcher::MetaFetcher(MetaCache& cache, MetricsRegistry& registry, Logger logger,
                         std::vector<std::unique_ptr<MetaFilter>> filters, const std::string& metrics_prefix)
    : cache_(cache),
      logger_(std::move(logger)),
      filters_(std::move(filters)),
      syncs_(NewCounter(registry, metrics_prefix + "blocks_meta_syncs_total", "Total blocks metadata synchronization attempts")),
      sync_failures_(NewCounter(registry, metrics_prefix + "blocks_meta_sync_failures_total",
                                "Total blocks metadata synchronization failures")),
      sync_duration_(NewHistogram(registry, metrics_prefix + "blocks_meta_sync_duration_seconds",
                                  "Duration of the blocks metadata synchronization in seconds",
                                  {0.01, 1, 10, 100, 300, 600, 1000})),
      synced_(NewGaugeFamily(registry, metrics_prefix + "blocks_meta_synced", "Number of block metadata synced")) {
  Publish({});
}

absl::StatusOr<std::shared_ptr<const BlockSnapshot>> MetaFetcher::Fetch(const Context& ctx) {
  syncs_.Increment();
  const auto start = std::chrono::steady_clock::now();
  absl::StatusOr<std::shared_ptr<const BlockSnapshot>> snapshot = DoFetch(ctx);
  sync_duration_.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  if (!snapshot.ok() || !(*snapshot)->incomplete.ok()) sync_failures_.Increment();
  return snapshot;
}

absl::StatusOr<std::shared_ptr<const BlockSnapshot>> MetaFetcher::DoFetch(const Context& ctx) {
  VARVE_ASSIGN_OR_RETURN(LoadedMetas loaded, cache_.Load(ctx));
  auto snapshot = std::make_shared<BlockSnapshot>();
  SyncedStates states;
  for (const auto& [id, status] : loaded.partial) ++states[absl::IsNotFound(status) ? "no-meta-json" : "corrupted-meta-json"];
  states["failed"] = loaded.failed.size();
  states["archived"] = loaded.frozen.size();
  if (!loaded.failed.empty()) {
    const auto& [id, status] = *loaded.failed.begin();
    snapshot->incomplete = Annotate(status, "incomplete view: {} blocks could not be read; first {}", loaded.failed.size(), id);
  }
  snapshot->blocks = std::move(loaded.metas);
  snapshot->partial = std::move(loaded.partial);
  snapshot->frozen = std::move(loaded.frozen);
  for (const std::unique_ptr<MetaFilter>& filter : filters_) {
    VARVE_RETURN_IF_ERROR(filter->Filter(ctx, snapshot->blocks, states));
  }
  states["loaded"] = snapshot->blocks.size();
  Publish(states);
  logger_.Info("synchronized block metadata",
               {{"returned", snapshot->blocks.size()}, {"partial", snapshot->partial.size()}, {"failed", states["failed"]}});
  MutexLock lock(mutex_);
  snapshot_ = snapshot;
  return snapshot;
}

void MetaFetcher::Publish(const SyncedStates& states) {
  for (const std::string_view state : kStates) {
    const auto count = states.find(state);
    synced_.Add({{"state", std::string(state)}}).Set(count == states.end() ? 0 : static_cast<double>(count->second));
  }
}

std::shared_ptr<const BlockSnapshot> MetaFetcher::snapshot() const {
  MutexLock lock(mutex_);
  return snapshot_;
}

}  // namespace varve
