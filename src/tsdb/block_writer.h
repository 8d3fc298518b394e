// Writes a block: series in label order with their chunks, copied as they are.
//
//   VARVE_ASSIGN_OR_RETURN(auto writer, BlockWriter::Create(files, data_dir, {.id = Ulid::New()}));
//   for (...) VARVE_RETURN_IF_ERROR(writer->AddSeries(labels, chunks));
//   VARVE_ASSIGN_OR_RETURN(const BlockMeta meta, writer->Finish());       // now <data_dir>/<ULID> is there
//
// Shape    everything is written to <ULID>.tmp-for-creation and renamed at the end, so a block is there whole or not at all. A
//          writer that goes away unfinished takes its directory with it.
// Errors   InvalidArgument for series or chunks out of order, ResourceExhausted for a full disk or format.
// Threads  one at a time.
// Source   prometheus tsdb/compact.go, write and populateBlock.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/ulid.h"
#include "model/labels.h"
#include "runtime/files.h"
#include "tsdb/block_meta.h"
#include "tsdb/chunk_writer.h"
#include "tsdb/index_writer.h"

namespace varve {

inline constexpr std::string_view kTemporaryBlockSuffix = ".tmp-for-creation";

struct BlockWriterOptions {
  Ulid id;
  std::optional<BlockRange> range;  // else from the first to behind the last sample
  BlockCompaction compaction;       // without sources the block is its own, of level 1
  std::optional<ThanosMeta> thanos;
  uint64_t segment_bytes = kChunkSegmentBytes;
};

class BlockWriter {
 public:
  static absl::StatusOr<std::unique_ptr<BlockWriter>> Create(Files& files, std::string parent, BlockWriterOptions options);
  ~BlockWriter();
  BlockWriter(const BlockWriter&) = delete;
  BlockWriter& operator=(const BlockWriter&) = delete;

  // Labels ascend strictly; chunks ascend without overlap. Views of aggregates are not chunks of a file: hand over the kAggr chunk.
  absl::Status AddSeries(const Labels& labels, std::span<const ChunkView> chunks);
  absl::StatusOr<BlockMeta> Finish();

  uint64_t series_count() const { return index_->series_count(); }

 private:
  BlockWriter(Files& files, std::string parent, BlockWriterOptions options);
  absl::Status Begin();
  absl::Status CountSamples(const ChunkView& chunk);
  void DescribeBlock();

  Files& files_;
  const std::string parent_;
  const std::string directory_;  // the temporary one
  BlockWriterOptions options_;
  std::optional<ChunkWriter> chunks_;
  std::unique_ptr<IndexWriter> index_;
  BlockMeta meta_;
  std::optional<QueryRange> times_;  // of the samples written
  std::vector<ChunkMeta> chunk_metas_;
  bool finished_ = false;
};

}  // namespace varve
