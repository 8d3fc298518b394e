// Keeps the shipper from uploading a compacted block into a time its producer has covered in the bucket already: such a block
// would stop a compactor without vertical compaction.
//
// Shape    the metas of the bucket are read when the first question is asked, once.
// Errors   FailedPrecondition naming both blocks; those of the bucket.
// Threads  one at a time.
// Source   thanos pkg/shipper/shipper.go lazyOverlapChecker (ours looks only at overlaps with the block in question).
#pragma once

#include <absl/status/status.h>

#include <vector>

#include "model/labels.h"
#include "objstore/bucket.h"
#include "runtime/executor.h"
#include "tsdb/block_meta.h"

namespace varve {

class OverlapChecker {
 public:
  // Blocks with exactly these external labels count.
  OverlapChecker(Bucket& bucket, Executor& executor, Labels external_labels)
      : bucket_(bucket), executor_(executor), external_labels_(std::move(external_labels)) {}

  absl::Status Check(const Context& ctx, const BlockMeta& meta);

 private:
  struct Block {
    Ulid id;
    BlockRange range;
  };
  absl::Status ReadBucket(const Context& ctx);

  Bucket& bucket_;
  Executor& executor_;
  const Labels external_labels_;
  bool read_ = false;
  std::vector<Block> blocks_;
};

}  // namespace varve
