#include "blocks/downsample/downsample_block.h"

#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_group.h"

namespace varve {
namespace {

BlockWriterOptions OptionsOf(const BlockMeta& input, int64_t resolution_ms, Ulid id) {
  BlockWriterOptions options = {.id = id, .range = input.range, .compaction = input.compaction, .thanos = input.thanos};
  if (options.compaction.sources.empty()) options.compaction.sources = {input.id};
  ThanosMeta& thanos = options.thanos.has_value() ? *options.thanos : options.thanos.emplace();
  thanos.resolution_ms = resolution_ms;
  thanos.source = "compactor";
  thanos.segment_files.clear();  // the files of the input; those of the block are listed when it is uploaded
  thanos.files.clear();
  thanos.upload_time.reset();
  return options;
}

absl::Status CheckResolutions(const BlockMeta& input, std::span<const int64_t> resolutions_ms) {
  int64_t before = ResolutionMsOf(input);
  for (const int64_t resolution : resolutions_ms) {
    if (resolution <= before || (before > 0 && resolution % before != 0)) {
      return InvalidArgument("downsample block {}: a resolution of {} ms does not follow one of {} ms", input.id, resolution,
                             before);
    }
    before = resolution;
  }
  return resolutions_ms.empty() ? InvalidArgument("downsample block {}: to no resolution", input.id) : absl::OkStatus();
}

}  // namespace

DownsampledBlocks::DownsampledBlocks(Files& files, std::string parent, SeriesDownsampler::Options options)
    : files_(files), parent_(std::move(parent)), downsampler_(std::move(options)) {}

absl::StatusOr<std::unique_ptr<DownsampledBlocks>> DownsampledBlocks::Create(Files& files, const std::string& parent,
                                                                             const BlockMeta& input,
                                                                             std::span<const int64_t> resolutions_ms,
                                                                             const UlidSource& new_id) {
  VARVE_RETURN_IF_ERROR(CheckResolutions(input, resolutions_ms));
  std::unique_ptr<DownsampledBlocks> blocks(new DownsampledBlocks(
      files, parent, {.resolutions_ms = {resolutions_ms.begin(), resolutions_ms.end()}, .range = input.range}));
  for (const int64_t resolution : resolutions_ms) {
    VARVE_ASSIGN_OR_RETURN(auto writer, BlockWriter::Create(files, parent, OptionsOf(input, resolution, new_id())));
    blocks->writers_.push_back(std::move(writer));
  }
  return blocks;
}

absl::Status DownsampledBlocks::AddSeries(const Labels& labels, std::span<const ChunkView> chunks) {
  if (const absl::Status status = downsampler_.Downsample(chunks); !status.ok()) {
    return Annotate(status, "downsample series {}", labels.ToString());
  }
  for (size_t level = 0; level < writers_.size(); ++level) {
    views_.clear();
    for (const OwnedChunk& chunk : downsampler_.chunks(level)) views_.push_back(chunk.view());
    if (!views_.empty()) VARVE_RETURN_IF_ERROR(writers_[level]->AddSeries(labels, views_));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<BlockMeta>> DownsampledBlocks::Finish() {
  std::vector<BlockMeta> metas;
  for (const auto& writer : writers_) {
    absl::StatusOr<BlockMeta> meta = writer->Finish();
    if (!meta.ok()) {
      for (const BlockMeta& made : metas) files_.RemoveTree(JoinPath(parent_, made.id.ToString())).IgnoreError();
      return meta.status();
    }
    metas.push_back(*std::move(meta));
  }
  return metas;
}

absl::StatusOr<std::vector<BlockMeta>> DownsampleBlock(const Context& ctx, Files& files,
                                                       const std::shared_ptr<const BlockReader>& input,
                                                       std::span<const int64_t> resolutions_ms, const std::string& parent) {
  VARVE_ASSIGN_OR_RETURN(const auto blocks, DownsampledBlocks::Create(files, parent, input->meta(), resolutions_ms));
  const auto set = BlockReader::Select(input, ctx, {}, {});
  while (set->Next()) VARVE_RETURN_IF_ERROR(blocks->AddSeries(set->At().labels, set->At().chunks));
  VARVE_RETURN_IF_ERROR(set->status());
  return blocks->Finish();
}

}  // namespace varve
