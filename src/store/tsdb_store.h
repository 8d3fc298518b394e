// Chunks on this machine over the StoreAPI: local blocks, and whatever else can select chunks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/store_api.h"
#include "tsdb/local_blocks.h"

namespace varve {

// What a TSDB answers, in its own labels. Threads: share freely.
class ChunkSource {
 public:
  virtual ~ChunkSource() = default;
  virtual absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> Select(const Context& ctx, QueryRange range, const Matchers& matchers,
                                                                 bool labels_only) = 0;
  virtual absl::StatusOr<std::vector<std::string>> LabelNames(const Context& ctx, QueryRange range, const Matchers& matchers) = 0;
  virtual absl::StatusOr<std::vector<std::string>> LabelValues(const Context& ctx, std::string_view label, QueryRange range,
                                                               const Matchers& matchers) = 0;
  virtual QueryRange range() const = 0;  // of its data; the minimum behind the maximum if there is none
};

std::unique_ptr<ChunkSource> NewLocalBlocksChunks(const LocalBlocks& blocks);                      // which outlive it
std::unique_ptr<ChunkSource> JoinChunkSources(std::vector<std::unique_ptr<ChunkSource>> sources);  // blocks and a head, say

// `component` is rule, receive, sidecar, ... The source outlives the store.
std::unique_ptr<StoreApi> NewTsdbStore(ChunkSource& source, Labels external_labels, std::string component);

}  // namespace varve
