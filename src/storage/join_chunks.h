// One series out of several copies of it: what merging and sorting of chunk series share.
#pragma once

#include <span>
#include <vector>

#include "storage/chunk_series.h"

namespace varve {

// A raw chunk, or the aggregates of one downsampled chunk.
using ChunkUnit = std::span<const ChunkView>;

// Cuts a series' chunks into units, in order.
std::vector<ChunkUnit> ChunkUnits(std::span<const ChunkView> chunks);

// Moves the chunks and owners of `from` to the end of `into`; the labels are equal already.
void AppendChunks(ChunkSeries& into, ChunkSeries&& from);

// Brings chunks into (min_time, max_time) order and drops exact copies. Chunks of equal times keep their order, so that the
// aggregates of one downsampled chunk stay neighbours. Those stay or go together: replicas often agree in one aggregate (the
// count) and not in another (the sum).
void OrderChunks(std::vector<ChunkView>& chunks);

}  // namespace varve
