// Merges blocks of a local directory, for tests and fuzzing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "tsdb/block_reader.h"
#include "tsdb/merge_blocks.h"

namespace varve {

class LocalMerge {
 public:
  explicit LocalMerge(std::string parent) : parent_(std::move(parent)) {}

  void Add(Ulid id, uint32_t replica = 0) {
    auto block = BlockReader::Open(RealFiles(), JoinPath(parent_, id.ToString()));
    VARVE_CHECK(block.ok());
    sources_.push_back(NewMappedChunkSource((*block)->chunks()));
    inputs_.push_back({.id = id,
                       .scan = {.index = &(*block)->index(),
                                .chunks = sources_.back().get(),
                                .tombstones = &(*block)->tombstones(),
                                .range = (*block)->meta().range},
                       .replica = replica});
    blocks_.push_back(*std::move(block));
  }

  absl::Status Run(OverlapPolicy overlaps, MergeReport& report, BlockWriterOptions writer = {}) {
    writer.id = Ulid::New();
    return MergeBlocks(
        Context(),
        {.files = RealFiles(), .parent = parent_, .writer = std::move(writer), .inputs = inputs_, .overlaps = overlaps}, report);
  }

  const std::vector<std::shared_ptr<const BlockReader>>& blocks() const { return blocks_; }

 private:
  const std::string parent_;
  std::vector<std::shared_ptr<const BlockReader>> blocks_;
  std::vector<std::unique_ptr<ChunkSource>> sources_;
  std::vector<MergeInput> inputs_;
};

}  // namespace varve
