// All that a compactor does with a bucket, a step at a time: what the role runs in a loop and tests run once.
//
//   sync -> delete what was marked long ago -> mark what others have replaced -> compact -> downsample -> retention ->
//   broken uploads
//
// Shape    each step goes on where it can; what it could not do is in the report. The same view of the bucket is used from one
//          sync to the next.
// Errors   Iterate fails when the bucket cannot be listed or the context ends; what failed for single groups is in the report.
// Threads  Iterate from one thread at a time; Clean and UpdateProgress may run while it does, and loaded() from any thread.
// Source   thanos cmd/thanos/compact.go compactMainFn.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "blocks/compact/bucket_cleaner.h"
#include "blocks/compact/bucket_compactor.h"
#include "blocks/compact/bucket_downsampler.h"
#include "blocks/compact/compact_filters.h"
#include "blocks/compact/retention.h"
#include "blocks/meta_fetcher.h"

namespace varve {

struct CompactServiceOptions {
  BucketCompactorOptions compactor;
  std::vector<std::string> replica_labels;
  std::chrono::milliseconds delete_delay{std::chrono::hours(48)};
  std::chrono::milliseconds consistency_delay{std::chrono::minutes(30)};
  std::optional<BucketDownsamplerOptions> downsampling;
  RetentionPolicy retention;
  bool retention_dry_run = false;
  std::function<QueryRange()> range;  // of blocks that are looked at; null: all
  RelabelRules selector;
  size_t meta_parallel_max = 32;
};

struct IterationReport {
  CompactionReport compaction;
  RetentionReport retention;
  absl::Status downsampling;
  absl::Status incomplete;  // why some blocks may not have been seen
  // OK if everything was done that was to be done.
  absl::Status Summary() const;
};

class CompactService {
 public:
  // `environment` outlives the service.
  CompactService(const CompactionEnvironment& environment, MetricsRegistry& registry, CompactServiceOptions options);

  absl::StatusOr<IterationReport> Iterate(const Context& ctx);
  // What an iteration does at its beginning and end, for in between.
  absl::Status Clean(const Context& ctx);
  // Sets the todo gauges.
  absl::Status UpdateProgress(const Context& ctx);

  std::shared_ptr<const BlockSnapshot> loaded() const { return fetcher_->snapshot(); }

 private:
  absl::Status Sync(const Context& ctx) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DeleteAndReplace(const Context& ctx) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DeletePartial(const Context& ctx) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<CompactionView> BeginIteration(const Context& ctx);
  absl::Status Downsample(const Context& ctx, IterationReport& report);
  absl::Status EndIteration(const Context& ctx, IterationReport& report);
  std::vector<RetentionDecision> PlanExpiry() const;
  void RemoveStaleWork();
  CompactionView View() const;
  std::set<Ulid> NotDownsampled() const;
  std::set<Ulid> MarkedForDeletion() const;

  const CompactionEnvironment& environment_;
  const CompactServiceOptions options_;
  std::unique_ptr<MetaFetcher> fetcher_;
  // Owned by the fetcher.
  DeletionMarkFilter* deletion_marks_ = nullptr;
  ReplicaLabelFilter* replica_labels_ = nullptr;
  DuplicateFilter* duplicates_ = nullptr;
  MarkFilter* no_compact_ = nullptr;
  MarkFilter* no_downsample_ = nullptr;

  Mutex mutex_;  // one sync, or cleaning, at a time; not held while blocks are compacted
  BucketCompactor compactor_;
  std::optional<BucketDownsampler> downsampler_;
  BucketCleaner cleaner_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace varve
