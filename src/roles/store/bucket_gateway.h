// A bucket, kept in sync and served: what `store` and `up` have in common.
//
//   BucketGateway gateway(flags, process, executor);
//   VARVE_RETURN_IF_ERROR(gateway.Open());              // reads the configuration; no requests yet
//   gateway.Start([&](const absl::Status& first_sync) { ... });
//   gateway.Stop();
//
// Shape    the first synchronisation is tried again every ten seconds for half a minute, as in Thanos; later ones that fail are
//          logged and leave what there was.
// Threads  Start and Stop from one thread; store() is shared once Open returned.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/block_status_handlers.h"
#include "blocks/meta_fetcher.h"
#include "objstore/bucket.h"
#include "roles/role.h"
#include "roles/store/gateway_caches.h"
#include "roles/store/store_config.h"
#include "runtime/executor.h"
#include "runtime/periodic_task.h"
#include "store/bucket_store.h"

namespace varve {

class BucketGateway {
 public:
  // The executor runs what waits for the bucket; it outlives the gateway.
  BucketGateway(const BucketFlags& flags, Process& process, Executor& executor);
  ~BucketGateway() { Stop(); }
  BucketGateway(const BucketGateway&) = delete;
  BucketGateway& operator=(const BucketGateway&) = delete;

  absl::Status Open();
  // `on_first_sync` hears once how the first synchronisation ended, on the gateway's own thread.
  void Start(std::function<void(const absl::Status&)> on_first_sync);
  // `on_sync` hears how each synchronisation ended, on the gateway's own thread. Before Start.
  void OnSync(std::function<void(const absl::Status&)> on_sync) { on_sync_ = std::move(on_sync); }
  void Stop();

  BucketStore& store() { return *store_; }
  // What the bucket's own pages need, besides the StoreAPI; Open comes before.
  void AddTo(HttpRouter& router);
  Bucket& bucket() { return *bucket_; }

 private:
  BucketStoreOptions StoreOptions(std::function<QueryRange()> range) const;
  absl::Status FirstSync(const Context& ctx);
  absl::Status Sync(const Context& ctx);
  void LogFailed(const Context& ctx, const absl::Status& sync) const;
  void SyncRound(const Context& round);

  const BucketFlags flags_;
  Process& process_;
  Executor& executor_;
  std::string data_dir_;
  bool data_dir_is_temporary_ = false;
  GatewayCaches caches_;
  std::unique_ptr<Bucket> bucket_;
  std::unique_ptr<MetaCache> metas_;
  std::unique_ptr<MetaFetcher> fetcher_;
  std::unique_ptr<IndexHeaderMetrics> header_metrics_;
  std::unique_ptr<IndexHeaderEnvironment> headers_;
  std::unique_ptr<BucketStore> store_;
  std::unique_ptr<BlockStatusHandlers> block_status_;
  std::function<void(const absl::Status&)> on_first_sync_, on_sync_;
  std::unique_ptr<PeriodicTask> sync_;
};

}  // namespace varve
