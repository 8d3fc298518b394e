// Writes a block: series in label order with their chunks, copied as they are.
//
//   VARVE_ASSIGN_OR_RETURN(auto writer, BlockWriter::Create(files, data_dir, {.id = Ulid::New()}));
//   for (...) VARVE_RETURN_IF_ERROR(writer->AddSeries(labels, chunks));
//   VARVE_ASSIGN_OR_RETURN(const BlockMeta meta, writer->Finish());       // now <data_dir>/<ULID> is there
//
// Who knows all symbols beforehand (a merge of blocks) makes the writer with them, and names labels by symbol numbers.
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
#include <string_view>

#include "base/ulid.h"
#include "model/labels.h"
#include "runtime/files.h"
#include "tsdb/block_meta.h"
#include "tsdb/chunk_writer.h"
#include "tsdb/index_writer.h"
#include "tsdb/sorted_index_writer.h"

namespace varve {

inline constexpr std::string_view kTemporaryBlockSuffix = ".tmp-for-creation";

struct BlockWriterOptions {
  Ulid id;
  std::optional<BlockRange> range;  // else from the first to behind the last sample
  BlockCompaction compaction;       // without sources the block is its own, of level 1
  std::optional<ThanosMeta> thanos;
  uint64_t segment_bytes = kChunkSegmentBytes;
  bool sync = true;  // false: for blocks that are made again after a crash
};

class BlockWriter {
 public:
  static absl::StatusOr<std::unique_ptr<BlockWriter>> Create(Files& files, std::string parent, BlockWriterOptions options);
  // `symbols` ascend strictly and live as long as the writer.
  static absl::StatusOr<std::unique_ptr<BlockWriter>> CreateWithSymbols(Files& files, std::string parent,
                                                                        BlockWriterOptions options,
                                                                        std::span<const std::string_view> symbols);
  ~BlockWriter();
  BlockWriter(const BlockWriter&) = delete;
  BlockWriter& operator=(const BlockWriter&) = delete;

  // Labels ascend strictly; chunks ascend without overlap. Views of aggregates are not chunks of a file: hand over the kAggr
  // chunk.
  absl::Status AddSeries(const Labels& labels, std::span<const ChunkView> chunks);                // of a writer without symbols
  absl::Status AddSeries(std::span<const SymbolPair> labels, std::span<const ChunkView> chunks);  // of a writer with symbols
  absl::StatusOr<BlockMeta> Finish();

  Ulid id() const { return options_.id; }
  uint64_t series_count() const { return meta_.stats.series; }

 private:
  BlockWriter(Files& files, std::string parent, BlockWriterOptions options);
  absl::Status Begin();
  absl::Status CountSamples(const ChunkView& chunk);
  absl::Status WriteChunks(std::span<const ChunkView> chunks);  // leaves where they are in chunk_metas_
  void DescribeBlock(uint64_t series_bytes_max);

  Files& files_;
  const std::string parent_;
  const std::string directory_;  // the temporary one
  BlockWriterOptions options_;
  std::optional<ChunkWriter> chunks_;
  std::unique_ptr<IndexWriter> index_;  // or, with symbols,
  std::unique_ptr<SortedIndexWriter> sorted_index_;
  BlockMeta meta_;
  std::optional<QueryRange> times_;  // of the samples written
  std::vector<ChunkMeta> chunk_metas_;
  bool finished_ = false;
};

}  // namespace varve
