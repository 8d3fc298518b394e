// Functions from series sets to series sets, which stores put together to do what a request asks for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/store_api.h"

namespace varve {

// The part that falls into a shard; the set itself if not sharded.
std::unique_ptr<ChunkSeriesSet> NewShardedSeries(std::unique_ptr<ChunkSeriesSet> set, ShardInfo shard);

// With `external` labels put in (they win) and the labels `without` taken out, and sorted again if that was anything at all.
std::unique_ptr<ChunkSeriesSet> NewRelabelledSeries(std::unique_ptr<ChunkSeriesSet> set, Labels external,
                                                    std::vector<std::string> without);

// With raw chunks and the wanted aggregates only.
std::unique_ptr<ChunkSeriesSet> NewAggregatedSeries(std::unique_ptr<ChunkSeriesSet> set, std::vector<Aggregate> aggregates);

// With downsampled chunks that say they begin and end within `range`, of which alone they are to be read (mixed_units.h). Others see
// all of them.
std::unique_ptr<ChunkSeriesSet> NewNarrowedSeries(std::unique_ptr<ChunkSeriesSet> set, QueryRange range);

// The first `limit` series, 0: all.
std::unique_ptr<ChunkSeriesSet> NewLimitedSeries(std::unique_ptr<ChunkSeriesSet> set, uint64_t limit);

}  // namespace varve
