// Raw chunks as the series PromQL reads: decoded when a series is read, and only where they overlap the range.
//
// Shape    where chunks overlap, the samples of all of them count, each time once: the earlier chunk's. A histogram takes the place
//          of a float at its time. Aggregates of downsampled chunks are not samples and are passed over.
// Errors   DataLoss for a chunk that does not decode, or whose samples do not ascend, naming the series.
// Threads  a Series may be read from many threads at once, and outlives the set; it keeps the owners of its chunks.
// Source   prometheus storage/series.go, storage/merge.go (ChainSampleIterator).
#pragma once

#include <absl/status/status.h>

#include <memory>
#include <span>

#include "runtime/context.h"
#include "storage/chunk_series.h"
#include "storage/series_source.h"

namespace varve {

std::shared_ptr<const Series> NewChunkBackedSeries(ChunkSeries series);
std::unique_ptr<SeriesSet> NewChunkBackedSeriesSet(std::unique_ptr<ChunkSeriesSet> set);

// Appends the samples of raw chunks within `range`. On an error `out` may hold the samples before the damage.
absl::Status ReadChunks(const Context& ctx, std::span<const ChunkView> chunks, QueryRange range, SeriesSamples& out);

}  // namespace varve
