// What is deleted of a block in a bucket. Shippers leave the file behind; it is there where a whole data directory was copied.
//
//   const auto deleted = tombstones.Get(ctx);  // null: nothing is
//
// Shape    read when first asked for, and only if meta.json counts tombstones; then kept.
// Errors   DataLoss for a file that does not parse; those of the bucket, and the next Get tries again.
// Threads  share freely; first users may read it more than once.
#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "base/mutex.h"
#include "objstore/bucket.h"
#include "tsdb/block_meta.h"
#include "tsdb/tombstones.h"

namespace varve {

absl::StatusOr<Tombstones> ReadTombstones(const Context& ctx, Bucket& bucket, const BlockMeta& meta);

class BlockTombstones {
 public:
  // Both outlive this.
  BlockTombstones(Bucket& bucket, const BlockMeta& meta) : bucket_(bucket), meta_(meta) {}

  absl::StatusOr<std::shared_ptr<const Tombstones>> Get(const Context& ctx);

 private:
  Bucket& bucket_;
  const BlockMeta& meta_;
  Mutex mutex_;
  std::shared_ptr<const Tombstones> read_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace varve
