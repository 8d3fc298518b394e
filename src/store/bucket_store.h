// The store gateway: the blocks of a bucket over the StoreAPI.
//
//   BucketStore store(fetcher, environment, executor, registry, logger, options);
//   VARVE_RETURN_IF_ERROR(store.Sync(ctx));        // then again every few minutes
//   auto set = store.Series(ctx, request);
//
// Shape    a block costs nothing until it is queried; Sync makes a new catalog of handles and swaps it, and a query sees one
// catalog
//          from start to end. Blocks are opened in parallel and merged as they are read.
// Errors   a block that cannot be read is left out: a warning that names it and a metric, or Aborted with kAbort. One in cold
//          storage is not asked again for a while (store/frozen_blocks.h).
// ResourceExhausted for
//          the limits, in Thanos' words.
// Threads  Sync from one thread at a time, everything else from many. What the constructor is given outlives the store and its
// sets. Source   thanos pkg/store/bucket.go.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>

#include "base/mutex.h"
#include "blocks/bucket_block.h"
#include "blocks/meta_fetcher.h"
#include "runtime/executor.h"
#include "runtime/log.h"
#include "runtime/metrics.h"
#include "store/block_answer.h"
#include "store/block_catalog.h"
#include "store/block_status.h"
#include "store/bucket_store_metrics.h"
#include "store/frozen_blocks.h"
#include "store/gate.h"
#include "store/store_api.h"

namespace varve {

struct BucketStoreOptions {
  int series_concurrency_max = 20;
  uint64_t series_limit = 0;            // of a Series call; 0: none
  uint64_t samples_limit = 0;           // likewise; counted as chunks of 120
  uint64_t downloaded_bytes_limit = 0;  // of any call
  // What is served, asked anew for each call, since it may be relative to now.
  std::function<QueryRange()> range = [] { return QueryRange(); };
  std::chrono::milliseconds index_header_idle{std::chrono::minutes(5)};  // then it is unmapped
  std::chrono::milliseconds log_slower_than{0};                          // Series calls, with what they cost; 0: none
  bool index_headers_first = false;                                      // a block is served once its index-header lies on disk
  size_t block_sync_concurrency = 20;
  BucketBlockLimits block_limits;
};

class BucketStore : public StoreApi {
 public:
  BucketStore(MetaFetcher& fetcher, const IndexHeaderEnvironment& environment, Executor& executor, MetricsRegistry& registry,
              Logger logger, BucketStoreOptions options);

  // Fetches the metas and serves what they say from then on. Blocks are dropped only if the view of the bucket is complete. Also
  // lets go of index-headers nobody has used for a while.
  absl::Status Sync(const Context& ctx);

  absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> Series(const Context& ctx, const SeriesRequest& request) override;
  absl::StatusOr<LabelsResult> LabelNames(const Context& ctx, const StoreLabelsRequest& request) override;
  absl::StatusOr<LabelsResult> LabelValues(const Context& ctx, std::string_view label,
                                           const StoreLabelsRequest& request) override;
  std::shared_ptr<const StoreInfo> Info() const override;

  std::shared_ptr<const BlockCatalog> catalog() const;
  // Every block there is, by ULID, and how it fares.
  std::vector<BlockStatus> Blocks() const;

 private:
  struct Chosen {
    const BlockSet* set;
    BlockSet::Choice choice;
    Matchers matchers;  // without those the external labels satisfy
  };
  // Makes the index-headers of these blocks, several at a time. One that fails is made by the first query.
  void MakeIndexHeaders(const Context& ctx, const std::vector<std::shared_ptr<const BucketBlock>>& blocks);
  QueryRange Clamp(QueryRange range) const;
  struct Resolutions {
    int64_t max_ms = 0, fallback_ms = 0;
  };
  std::vector<Chosen> Choose(const BlockCatalog& catalog, QueryRange range, Resolutions resolutions, const Matchers& matchers,
                             const Matchers& block_matchers) const;
  // Runs `ask` on each chosen block at once and joins the sorted answers.
  absl::StatusOr<LabelsResult> AskBlocks(
      const Context& ctx, const StoreLabelsRequest& request,
      const std::function<absl::StatusOr<std::vector<std::string>>(const Context&, const Chosen&, QueryRange, FetchStats&)>& ask);

  MetaFetcher& fetcher_;
  const IndexHeaderEnvironment& environment_;
  Executor& executor_;
  const Logger logger_;
  const BucketStoreOptions options_;
  BucketStoreMetrics metrics_;
  Gate gate_;
  FrozenBlocks frozen_;
  LeftOutBlocks left_out_;
  mutable Mutex mutex_;
  std::shared_ptr<const BlockCatalog> catalog_ ABSL_GUARDED_BY(mutex_) = std::make_shared<const BlockCatalog>();
};

}  // namespace varve
