#include "blocks/compact/downsample_writer.h"

#include "base/status_macros.h"

namespace varve {

absl::StatusOr<std::unique_ptr<DownsampleWriter>> DownsampleWriter::Create(Files& files, const std::string& parent,
                                                                           const BlockMeta& input,
                                                                           std::span<const int64_t> resolutions_ms,
                                                                           const UlidSource& new_id) {
  VARVE_ASSIGN_OR_RETURN(auto blocks, DownsampledBlocks::Create(files, parent, input, resolutions_ms, new_id));
  return std::unique_ptr<DownsampleWriter>(new DownsampleWriter(std::move(blocks)));
}

absl::Status DownsampleWriter::OnSeries(std::span<const std::string_view> symbols, std::span<const SymbolPair> labels,
                                        std::span<const ChunkView> chunks) {
  views_.clear();
  for (const SymbolPair& label : labels) views_.push_back({symbols[label.name], symbols[label.value]});
  return blocks_->AddSeries(Labels::FromSorted(views_), chunks);
}

}  // namespace varve
