// Samples back into chunks: where a part of a chunk was deleted, where chunks overlapped, and in tests.
//
// Shape    floats and histograms take turns in time; a chunk holds one kind, at most `samples_max` of it. Histograms whose counts are
//          all whole become integer chunks. Start timestamps are not kept.
// Errors   InvalidArgument for samples that do not ascend in time or a histogram that contradicts itself.
// Threads  free functions.
#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "chunkenc/chunk.h"
#include "model/sample.h"

namespace varve {

inline constexpr uint32_t kSamplesPerChunk = 120;  // as Prometheus' head cuts

struct OwnedChunk {
  TimestampMs min_time = 0, max_time = 0;
  ChunkEncoding encoding = ChunkEncoding::kNone;
  ByteBuffer data;

  ChunkView view() const { return {min_time, max_time, encoding, Aggregate::kRaw, data}; }  // valid while this is
};

absl::StatusOr<std::vector<OwnedChunk>> EncodeSamples(const SeriesSamples& samples, uint32_t samples_max = kSamplesPerChunk);

}  // namespace varve
