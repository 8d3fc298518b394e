// The chunks of one series from several blocks, made to follow each other: chunks that overlap no other are passed on as they
// are, exact copies are dropped, and only runs of overlapping chunks are decoded and encoded again.
//
//   kStrict    inputs may repeat each other, not contradict or interleave: in the time two of them share, the samples of one are
//              among those of the other. Then the union loses nothing and adds nothing, whatever the inputs are.
//   kUnion     every time once; of equal times the earlier chunk's sample counts, a histogram before a float.
//   kPenalty   inputs are replicas of one series (storage/dedup.h); those of equal `replica` are one. Where any of its chunks
//              overlap all of the series is decoded, so that the result is what a query over the replicas would have seen.
//
// Shape    pieces come in the order of the inputs. Start timestamps of decoded chunks are not kept. Whatever the policy,
//          downsampled chunks may repeat windows of each other, and nothing else (tsdb/aggregate_windows.h).
// Errors   FailedPrecondition for what the policy refuses; DataLoss for a chunk that
//          does not decode, with the input it came from in failed_input().
// Threads  one at a time.
// Source   prometheus storage/merge.go NewCompactingChunkSeriesMerger; thanos pkg/dedup/chunk_iter.go.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "chunkenc/chunk.h"
#include "model/sample.h"
#include "tsdb/encode_samples.h"

namespace varve {

enum class OverlapPolicy { kStrict, kUnion, kPenalty };

struct ChunkPiece {
  ChunkView chunk;
  uint32_t input = 0;    // which block it is from
  uint32_t replica = 0;  // whose recording it is
};

struct JoinStats {
  uint64_t chunks_copied = 0;    // passed on as they were
  uint64_t chunks_dropped = 0;   // exact copies of others
  uint64_t chunks_decoded = 0;   // of overlapping runs
  uint64_t chunks_encoded = 0;   // what came out of those
  uint64_t samples_dropped = 0;  // of the exact copies
  uint64_t samples_decoded = 0;
  uint64_t samples_encoded = 0;
};

class OverlapJoin {
 public:
  explicit OverlapJoin(OverlapPolicy policy) : policy_(policy) {}

  // Leaves in `out` the chunks of one series; those that were encoded anew live until the next call.
  absl::Status Join(std::vector<ChunkPiece>& pieces, std::vector<ChunkView>& out);

  const JoinStats& stats() const { return stats_; }
  std::optional<uint32_t> failed_input() const { return failed_input_; }

 private:
  absl::Status DropCopies(std::vector<ChunkPiece>& pieces);
  absl::Status JoinRun(std::span<const ChunkPiece> run, std::vector<ChunkView>& out);
  absl::Status JoinDownsampled(std::span<const ChunkPiece> run, std::vector<ChunkView>& out);
  absl::Status PassOn(std::vector<OwnedChunk> encoded, std::vector<ChunkView>& out);
  uint32_t ColumnOf(const ChunkPiece& piece) const;
  absl::StatusOr<std::vector<SeriesSamples>> DecodeColumns(std::span<const ChunkPiece> run);
  void FindFault(std::span<const ChunkPiece> run);

  const OverlapPolicy policy_;
  JoinStats stats_;
  std::optional<uint32_t> failed_input_;
  std::vector<std::vector<OwnedChunk>> encoded_;  // of the series at hand
};

}  // namespace varve
