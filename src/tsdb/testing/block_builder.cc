#include "tsdb/testing/block_builder.h"

#include <iostream>

namespace varve {
namespace {

void Succeed(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << "BlockBuilder: " << status << "\n";
  std::abort();
}

template <typename T>
T Succeed(absl::StatusOr<T> result) {
  Succeed(result.status());
  return *std::move(result);
}

}  // namespace

BlockMeta BlockBuilder::Write(const std::string& directory, BlockWriterOptions options) const {
  if (options.id == Ulid()) options.id = Ulid::New();
  Succeed(RealFiles().MakeDirectories(directory));
  const auto writer = Succeed(BlockWriter::Create(RealFiles(), directory, std::move(options)));
  for (const auto& [labels, content] : series_) {
    const std::vector<OwnedChunk> encoded = Succeed(EncodeSamples(content.samples, samples_per_chunk_));
    std::vector<ChunkView> views;
    for (const OwnedChunk& chunk : encoded) views.push_back(chunk.view());
    for (const OwnedChunk& chunk : content.chunks) views.push_back(chunk.view());
    Succeed(writer->AddSeries(labels, views));
  }
  return Succeed(writer->Finish());
}

}  // namespace varve
