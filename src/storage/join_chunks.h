// One series out of several copies of it: what merging and sorting of chunk series share.
#pragma once

#include <vector>

#include "storage/chunk_series.h"

namespace varve {

// Moves the chunks and owners of `from` to the end of `into`; the labels are equal already.
void AppendChunks(ChunkSeries& into, ChunkSeries&& from);

// Brings chunks into (min_time, max_time) order and drops exact copies. Chunks of equal times keep their order, so that the
// aggregates of one downsampled chunk stay neighbours.
void OrderChunks(std::vector<ChunkView>& chunks);

}  // namespace varve
