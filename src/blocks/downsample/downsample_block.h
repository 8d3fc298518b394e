// Downsamples a block: from raw samples to 5 m, to 1 h or to both in one pass, or from 5 m to 1 h.
//
//   VARVE_ASSIGN_OR_RETURN(const auto block, BlockReader::Open(files, directory));
//   VARVE_ASSIGN_OR_RETURN(const std::vector<BlockMeta> made,
//                          DownsampleBlock(ctx, files, block, {kFiveMinutesMs, kOneHourMs}, parent));
//
// Shape    one new block a resolution, <parent>/<ULID>, with the range, external labels, sources and level of its input; its chunks
//          are aggregates (docs/formats/chunks.md). Deleted samples are not counted. NaN and stale markers are left out, and so is
//          a series that has nothing else.
// Memory   what an index writer holds, a chunk's samples and the windows of one series.
// Errors   InvalidArgument if a resolution is not coarser than the block's, DataLoss for a block that does not decode. Nothing is
//          left behind.
// Threads  one at a time; several blocks may be worked on at once.
// Source   thanos pkg/compact/downsample/downsample.go, Downsample.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "blocks/downsample/resolution.h"
#include "blocks/downsample/series_downsampler.h"
#include "blocks/ulid_source.h"
#include "runtime/context.h"
#include "runtime/files.h"
#include "tsdb/block_meta.h"
#include "tsdb/block_reader.h"
#include "tsdb/block_writer.h"

namespace varve {

// The block writers of one input, a resolution each, for whoever reads the series anyway (a compaction of the same blocks).
class DownsampledBlocks {
 public:
  // `input` says range, labels, sources and resolution of what comes.
  static absl::StatusOr<std::unique_ptr<DownsampledBlocks>> Create(Files& files, const std::string& parent,
                                                                   const BlockMeta& input,
                                                                   std::span<const int64_t> resolutions_ms,
                                                                   const UlidSource& new_id = Ulid::New);

  // Series in label order with the chunks of the input, in time order; aggregate chunks whole or taken apart.
  absl::Status AddSeries(const Labels& labels, std::span<const ChunkView> chunks);
  // The blocks are there when it returns, in the order of the resolutions. A block without series is written, too.
  absl::StatusOr<std::vector<BlockMeta>> Finish();

  uint64_t samples_read() const { return downsampler_.samples_read(); }

 private:
  DownsampledBlocks(Files& files, std::string parent, SeriesDownsampler::Options options);

  Files& files_;
  const std::string parent_;
  SeriesDownsampler downsampler_;
  std::vector<std::unique_ptr<BlockWriter>> writers_;  // by level
  std::vector<ChunkView> views_;
};

absl::StatusOr<std::vector<BlockMeta>> DownsampleBlock(const Context& ctx, Files& files,
                                                       const std::shared_ptr<const BlockReader>& input,
                                                       std::span<const int64_t> resolutions_ms, const std::string& parent);

}  // namespace varve
