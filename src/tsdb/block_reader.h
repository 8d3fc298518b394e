// A block on a local disk.
//
//   VARVE_ASSIGN_OR_RETURN(const auto block, BlockReader::Open(RealFiles(), "data/01ARZ3NDEKTSV4RRFFQ69G5FAV"));
//   auto set = BlockReader::Select(block, ctx, {from, to}, matchers);
//
// Shape    index and chunks stay where they are, mapped; the chunks of a selection are views of them, and each series keeps the
//          block alive. Chunks come whole if they overlap the range; only deleted samples are cut out of them. An aggregate chunk
//          comes as its aggregates.
// Errors   DataLoss naming block, file and offset.
// Threads  immutable; share freely. A set belongs to one thread and may outlive the caller's reference to the block.
// Source   prometheus tsdb/block.go, tsdb/querier.go.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time_range.h"
#include "model/matcher.h"
#include "runtime/context.h"
#include "runtime/files.h"
#include "storage/chunk_series.h"
#include "tsdb/block_meta.h"
#include "tsdb/chunk_files.h"
#include "tsdb/index_reader.h"
#include "tsdb/tombstones.h"

namespace varve {

struct BlockSelectOptions {
  bool labels_only = false;  // chunks are looked for but not read: series come without them
  uint64_t limit = 0;        // at most so many series; 0: all
};

class BlockReader {
 public:
  static absl::StatusOr<std::shared_ptr<const BlockReader>> Open(Files& files, const std::string& directory);

  const std::string& directory() const { return directory_; }
  const BlockMeta& meta() const { return meta_; }
  const IndexReader& index() const { return *index_; }
  const ChunkFiles& chunks() const { return *chunks_; }
  const Tombstones& tombstones() const { return tombstones_; }
  uint64_t file_bytes() const;  // of index and chunks

  // The series that match and have undeleted chunks in the range, in label order.
  static std::unique_ptr<ChunkSeriesSet> Select(std::shared_ptr<const BlockReader> block, const Context& ctx, QueryRange range,
                                                const Matchers& matchers, BlockSelectOptions options = {});

  // Of the whole block, whatever the times, as in Prometheus. Sorted, at most `limit` of them, 0: all.
  absl::StatusOr<std::vector<std::string>> LabelNames(const Context& ctx, const Matchers& matchers, uint64_t limit = 0) const;
  absl::StatusOr<std::vector<std::string>> LabelValues(const Context& ctx, std::string_view name, const Matchers& matchers,
                                                       uint64_t limit = 0) const;

  // Puts the block's name and the part of it before an error.
  absl::Status InIndex(const absl::Status& status) const;
  absl::Status InChunks(const absl::Status& status) const;

 private:
  explicit BlockReader(std::string directory) : directory_(std::move(directory)) {}

  const std::string directory_;
  BlockMeta meta_;
  std::shared_ptr<const MappedFile> index_file_;
  std::optional<IndexReader> index_;
  std::optional<ChunkFiles> chunks_;
  Tombstones tombstones_;
};

}  // namespace varve
