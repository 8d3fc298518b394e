// meta.json of every block of a bucket, read once: an object never changes, so what was read is kept in memory and, if a
// folder is given, on disk, where a restarted process reads it while it lists the bucket.
//
//   <directory>/meta-syncer/01ARZ.../meta.json
//
// Shape    a block without meta.json, or with one that does not parse, is partial: an upload under way or broken off, or a
//          deletion. It is asked for again in the next round. With the recursive listing a meta.json whose modification time
//          changed is read again.
//          A meta.json in cold storage is asked for again now and then (blocks/frozen_backoff.h).
// Errors   what fails for one block is in `failed`; only a failed listing fails the whole.
// Threads  Load may be called from several threads; they take turns. Confirm from any.
// Source   thanos pkg/block/fetcher.go BaseFetcher.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "base/ulid.h"
#include "blocks/block_listing.h"
#include "blocks/frozen_backoff.h"
#include "objstore/bucket.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/files.h"
#include "runtime/log.h"
#include "runtime/metrics.h"
#include "tsdb/block_meta.h"

namespace varve {

using BlockMetaMap = std::map<Ulid, std::shared_ptr<const BlockMeta>>;

struct LoadedMetas {
  BlockMetaMap metas;
  std::map<Ulid, absl::Status> partial;  // NotFound: no meta.json; DataLoss: a corrupted one
  std::map<Ulid, absl::Status> failed;   // may be fine, but could not be read now
  std::map<Ulid, FrozenObject> frozen;   // there, with a meta.json in cold storage that was never read
};

class MetaCache {
 public:
  struct Options {
    std::string directory;  // the role's data directory; empty: memory only
    ListingStrategy strategy = ListingStrategy::kConcurrent;
    size_t parallel_max = 32;
    std::string metrics_prefix = "thanos_";
    Clock* clock = &SystemClock();
  };
  // All references outlive the cache.
  MetaCache(Bucket& bucket, Files& files, Executor& executor, MetricsRegistry& registry, Logger logger, Options options);

  absl::StatusOr<LoadedMetas> Load(const Context& ctx);
  // Reads a block's meta.json again, past the cache, for who is about to do what cannot be undone. Unavailable if it says anything
  // else than what was loaded, and until the next Load, which reads anew: one of the reads was damaged on the way, and what was made
  // of it is still around. OK for blocks that were not loaded: whoever has those has made them.
  absl::Status Confirm(const Context& ctx, Ulid id);
  // What the last listing said of the block's deletion mark: kUnknown with the concurrent one. `modified` is the time of the mark.
  ListedBlock::Is ListedDeletionMark(Ulid id, TimestampMs& modified) const;

 private:
  struct Cached {
    std::shared_ptr<const BlockMeta> meta;
    TimestampMs modified = 0;
    bool doubted = false;  // it said something else when it was read again
  };

  absl::StatusOr<std::shared_ptr<const BlockMeta>> LoadOne(const Context& ctx, const ListedBlock& block, const Cached* cached,
                                                           const FrozenObject* frozen);
  void RememberMarks(const std::vector<ListedBlock>& blocks);
  std::vector<Ulid> ListDisk();  // in order
  std::map<Ulid, Cached> ReadDisk(const Context& ctx, const std::vector<Ulid>& ids);
  std::shared_ptr<const BlockMeta> ReadFromDisk(Ulid id);
  absl::StatusOr<BlockMeta> ReadFromBucket(const Context& ctx, Ulid id);
  void WriteToDisk(const BlockMeta& meta);
  void RemoveFromDisk(Ulid id);
  void ForgetOthersOnDisk(const BlockMetaMap& metas);
  std::string DiskDirectory(Ulid id) const { return JoinPath(disk_directory_, id.ToString()); }

  Bucket& bucket_;
  Files& files_;
  Executor& executor_;
  const Logger logger_;
  const Options options_;
  const std::string disk_directory_;  // empty: none
  Counter& syncs_;
  Counter& cache_busts_;

  Mutex mutex_;
  bool disk_was_read_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<Ulid, Cached> cache_ ABSL_GUARDED_BY(mutex_);
  std::map<Ulid, FrozenObject> frozen_ ABSL_GUARDED_BY(mutex_);
  mutable Mutex marks_mutex_;
  bool marks_are_listed_ ABSL_GUARDED_BY(marks_mutex_) = false;
  std::map<Ulid, TimestampMs> listed_marks_ ABSL_GUARDED_BY(marks_mutex_);
};

}  // namespace varve
