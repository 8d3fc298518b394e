// Downsamples series as they stream by, from a merge of blocks or a scan of one: labels come as symbols.
//
// Threads  one at a time.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "blocks/downsample/downsample_block.h"
#include "tsdb/merge_blocks.h"

namespace varve {

class DownsampleWriter : public MergedSeriesListener {
 public:
  // New blocks in `parent`, one a resolution; `input` says range, labels, sources and resolution.
  static absl::StatusOr<std::unique_ptr<DownsampleWriter>> Create(Files& files, const std::string& parent, const BlockMeta& input,
                                                                  std::span<const int64_t> resolutions_ms,
                                                                  const UlidSource& new_id);

  absl::Status OnSeries(std::span<const std::string_view> symbols, std::span<const SymbolPair> labels,
                        std::span<const ChunkView> chunks) override;
  absl::Status OnSeries(const Labels& labels, std::span<const ChunkView> chunks) { return blocks_->AddSeries(labels, chunks); }
  absl::StatusOr<std::vector<BlockMeta>> Finish() { return blocks_->Finish(); }

 private:
  explicit DownsampleWriter(std::unique_ptr<DownsampledBlocks> blocks) : blocks_(std::move(blocks)) {}

  std::unique_ptr<DownsampledBlocks> blocks_;
  std::vector<LabelView> views_;
};

}  // namespace varve
