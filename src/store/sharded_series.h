// The part of a set that falls into a shard.
#pragma once

#include <memory>

#include "store/store_api.h"

namespace varve {

std::unique_ptr<ChunkSeriesSet> NewShardedSeries(std::unique_ptr<ChunkSeriesSet> set, ShardInfo shard);  // the set itself if not sharded

}  // namespace varve
