#include "tsdb/block_writer.h"

#include <algorithm>

#include "base/check.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "tsdb/tombstones.h"

namespace varve {

BlockWriter::BlockWriter(Files& files, std::string parent, BlockWriterOptions options)
    : files_(files),
      parent_(std::move(parent)),
      directory_(JoinPath(parent_, options.id.ToString().append(kTemporaryBlockSuffix))),
      options_(std::move(options)) {}

BlockWriter::~BlockWriter() {
  if (!finished_) files_.RemoveTree(directory_).IgnoreError();
}

absl::StatusOr<std::unique_ptr<BlockWriter>> BlockWriter::Create(Files& files, std::string parent, BlockWriterOptions options) {
  std::unique_ptr<BlockWriter> writer(new BlockWriter(files, std::move(parent), std::move(options)));
  VARVE_RETURN_IF_ERROR(Annotate(writer->Begin(), "write block {}", writer->id()));
  VARVE_ASSIGN_OR_RETURN(writer->index_, IndexWriter::Create(files, writer->directory_));
  return writer;
}

absl::StatusOr<std::unique_ptr<BlockWriter>> BlockWriter::CreateWithSymbols(Files& files, std::string parent,
                                                                            BlockWriterOptions options,
                                                                            std::span<const std::string_view> symbols) {
  std::unique_ptr<BlockWriter> writer(new BlockWriter(files, std::move(parent), std::move(options)));
  VARVE_RETURN_IF_ERROR(Annotate(writer->Begin(), "write block {}", writer->id()));
  VARVE_ASSIGN_OR_RETURN(writer->sorted_index_,
                         SortedIndexWriter::Create(files, writer->directory_, symbols, writer->options_.sync));
  return writer;
}

absl::Status BlockWriter::Begin() {
  VARVE_RETURN_IF_ERROR(files_.RemoveTree(directory_));  // of a writer that died
  const std::string chunks = JoinPath(directory_, kChunksDirectory);
  VARVE_RETURN_IF_ERROR(files_.MakeDirectories(chunks));
  chunks_.emplace(chunks, options_.segment_bytes, options_.sync);
  return absl::OkStatus();
}

absl::Status BlockWriter::CountSamples(const ChunkView& chunk) {
  VARVE_ASSIGN_OR_RETURN(const uint32_t samples, ChunkSampleCount(chunk.encoding, chunk.data));
  meta_.stats.samples += samples;
  switch (chunk.encoding) {
    case ChunkEncoding::kHistogram:
    case ChunkEncoding::kFloatHistogram:
    case ChunkEncoding::kHistogramSt:
    case ChunkEncoding::kFloatHistogramSt: meta_.stats.histogram_samples += samples; break;
    default: meta_.stats.float_samples += samples;
  }
  return absl::OkStatus();
}

absl::Status BlockWriter::WriteChunks(std::span<const ChunkView> chunks) {
  chunk_metas_.clear();
  for (const ChunkView& chunk : chunks) {
    if (chunk.aggregate != Aggregate::kRaw) return InvalidArgument("a single aggregate is not a chunk of a block");
    VARVE_RETURN_IF_ERROR(CountSamples(chunk));
    VARVE_ASSIGN_OR_RETURN(const uint64_t ref, chunks_->Append(chunk.encoding, chunk.data));
    chunk_metas_.push_back({chunk.min_time, chunk.max_time, ref});
    if (!times_) times_ = {chunk.min_time, chunk.max_time};
    times_ = {std::min(times_->min, chunk.min_time), std::max(times_->max_inclusive, chunk.max_time)};
  }
  meta_.stats.chunks += chunks.size();
  return absl::OkStatus();
}

absl::Status BlockWriter::AddSeries(const Labels& labels, std::span<const ChunkView> chunks) {
  VARVE_CHECK(index_ != nullptr);
  if (const absl::Status status = WriteChunks(chunks); !status.ok()) {
    return Annotate(status, "write block {}: series {}", id(), labels.ToString());
  }
  VARVE_RETURN_IF_ERROR(Annotate(index_->AddSeries(labels, chunk_metas_), "write block {}", id()));
  ++meta_.stats.series;
  return absl::OkStatus();
}

absl::Status BlockWriter::AddSeries(std::span<const SymbolPair> labels, std::span<const ChunkView> chunks) {
  VARVE_CHECK(sorted_index_ != nullptr);
  VARVE_RETURN_IF_ERROR(Annotate(WriteChunks(chunks), "write block {}", id()));
  VARVE_RETURN_IF_ERROR(Annotate(sorted_index_->AddSeries(labels, chunk_metas_), "write block {}", id()));
  ++meta_.stats.series;
  return absl::OkStatus();
}

void BlockWriter::DescribeBlock(uint64_t series_bytes_max) {
  meta_.id = options_.id;
  if (options_.range) {
    meta_.range = *options_.range;
  } else if (times_) {
    meta_.range = {times_->min, times_->max_inclusive + 1};
  }
  meta_.compaction = options_.compaction;
  if (meta_.compaction.sources.empty()) {
    meta_.compaction.sources = {options_.id};
    meta_.compaction.level = std::max<int64_t>(meta_.compaction.level, 1);
  }
  meta_.thanos = options_.thanos;
  if (!meta_.thanos) return;
  meta_.thanos->index_stats = {.series_max_bytes = static_cast<int64_t>(series_bytes_max),
                               .chunk_max_bytes = static_cast<int64_t>(chunks_->record_bytes_max())};
  meta_.thanos->segment_files.clear();
  for (uint32_t i = 0; i < chunks_->segment_count(); ++i) meta_.thanos->segment_files.push_back(ChunkSegmentName(i));
}

absl::StatusOr<BlockMeta> BlockWriter::Finish() {
  VARVE_RETURN_IF_ERROR(Annotate(chunks_->Finish(), "write block {}", id()));
  const absl::Status indexed = index_ != nullptr ? index_->Finish() : sorted_index_->Finish();
  VARVE_RETURN_IF_ERROR(Annotate(indexed, "write block {}", id()));
  DescribeBlock(index_ != nullptr ? index_->series_bytes_max() : sorted_index_->series_bytes_max());
  VARVE_RETURN_IF_ERROR(Tombstones().Write(files_, directory_));
  VARVE_RETURN_IF_ERROR(WriteBlockMeta(files_, directory_, meta_));
  VARVE_RETURN_IF_ERROR(files_.Rename(directory_, JoinPath(parent_, id().ToString())));
  finished_ = true;
  if (options_.sync) VARVE_RETURN_IF_ERROR(SyncDirectory(parent_));
  return meta_;
}

}  // namespace varve
