// A block of a bucket, opened to be read from end to end: its index on local disk (or mapped where it lies), its chunks as a
// stream.
//
// Shape    the index is kept as <directory>/<ULID>.index and not fetched again if it is there with the right size.
// Errors   those of the bucket (NotFound for an absent object); DataLoss for an index that is none.
// Threads  one at a time.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <string>

#include "blocks/compact/chunk_stream.h"
#include "objstore/bucket.h"
#include "runtime/files.h"
#include "tsdb/block_meta.h"
#include "tsdb/block_scan.h"
#include "tsdb/index_reader.h"
#include "tsdb/tombstones.h"

namespace varve {

struct InputEnvironment {  // all of it outlives the block
  Bucket& bucket;
  Files& files;
  Executor& executor;
};

class InputBlock {
 public:
  static absl::StatusOr<std::unique_ptr<InputBlock>> Open(const Context& ctx, const InputEnvironment& environment,
                                                          std::shared_ptr<const BlockMeta> meta, const std::string& directory);

  const BlockMeta& meta() const { return *meta_; }
  const IndexReader& index() const { return *index_; }
  const Tombstones& tombstones() const { return tombstones_; }
  ScanInput scan() { return {.index = &*index_, .chunks = &chunks_, .tombstones = &tombstones_, .range = meta_->range}; }

 private:
  InputBlock(const InputEnvironment& environment, std::shared_ptr<const BlockMeta> meta)
      : meta_(std::move(meta)), chunks_(environment.bucket, environment.executor, meta_->id) {}
  absl::Status OpenIndex(const Context& ctx, const InputEnvironment& environment, const std::string& directory);

  const std::shared_ptr<const BlockMeta> meta_;
  std::shared_ptr<const MappedFile> index_file_;
  std::optional<IndexReader> index_;
  ChunkStream chunks_;
  Tombstones tombstones_;
};

}  // namespace varve
