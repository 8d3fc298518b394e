// Reads the chunks of some series of a block from the bucket.
//
// Shape    chunks are read in the order they lie in the segments, several segments at a time. A chunk reaches at most to where
//          the next one begins; where none is known, as far as a chunk is expected to, and longer ones are read again.
//          A downsampled chunk (kAggr) comes out as one chunk for each aggregate asked for.
//          A chunk that does not fit its checksum is read once more, past any cache: the wire may have been to blame.
// Errors   DataLoss naming block, file and offset, for a bad checksum too; FailedPrecondition when a chunk lacks an aggregate.
// Threads  one at a time.
// Source   thanos pkg/store/bucket.go bucketChunkReader.
#pragma once

#include <absl/status/statusor.h>

#include <span>
#include <vector>

#include "blocks/range_fetch.h"
#include "blocks/series_loader.h"
#include "storage/chunk_series.h"
#include "tsdb/chunk_files.h"

namespace varve {

class ChunkLoader {
 public:
  // `source` outlives the loader.
  ChunkLoader(const FetchSource& source, Ulid id, std::vector<Aggregate> aggregates, uint64_t estimated_chunk_bytes)
      : source_(source), id_(id), aggregates_(std::move(aggregates)), estimated_chunk_bytes_(estimated_chunk_bytes) {}

  // The series with their chunks, in the same order; the labels are moved out of `series`. `held_bytes` is what their owners hold.
  // Of chunks that `deleted` names, only what is left comes out; all that was deleted leaves a series without chunks.
  absl::StatusOr<std::vector<ChunkSeries>> Load(const Context& ctx, std::span<SeriesChunks> series,
                                                const DeletedOfChunks& deleted, FetchStats* stats, uint64_t& held_bytes) const;
  // How many bytes reading the chunks is expected to take, with the gaps that are read along. `end` is where the chunks wanted before
  // end (0: there are none), and then these.
  uint64_t Estimate(const SeriesChunks& series, uint64_t& end) const;

 private:
  struct Wanted {
    uint64_t ref;
    uint64_t bytes;   // it takes no more, or is expected not to
    size_t position;  // among all chunks of all series
  };
  struct Loaded {
    EncodedChunk chunk;
    std::shared_ptr<const void> owner;
  };
  struct Again {
    ByteRange range;
    size_t position;
    bool damaged;
  };
  uint64_t BytesOf(const ChunkPlace& place) const;
  absl::Status LoadSegment(const Context& ctx, std::span<const Wanted> wanted, std::span<Loaded> loaded, FetchStats* stats,
                           std::atomic<uint64_t>& held_bytes) const;
  // Takes what was read of each chunk; those that need more bytes, or are damaged, come out in `again`.
  static void Take(std::span<const Wanted> wanted, const FetchedRanges& fetched, std::span<const ByteRange> ranges,
                   std::span<Loaded> loaded, std::vector<Again>& again);
  absl::Status Add(const ChunkMeta& meta, const Loaded& loaded, const DeletedOfChunks& deleted, ChunkSeries& out) const;
  absl::Status AddView(ChunkView view, ChunkSeries& out) const;

  const FetchSource& source_;
  const Ulid id_;
  const std::vector<Aggregate> aggregates_;
  const uint64_t estimated_chunk_bytes_;
};

}  // namespace varve
