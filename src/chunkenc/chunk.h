// Encoded chunks: about 120 samples of one series in a few hundred bytes, and the one call that decodes any of them.
//
// Shape    encodings are numbered as in Prometheus' block files. (The StoreAPI counts one less: see store/proto_convert.h.)
// Errors   DataLoss for bytes that do not decode, Unimplemented for an encoding we do not know.
// Threads  free functions over immutable bytes.
// Source   prometheus tsdb/chunkenc.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/time_range.h"
#include "model/sample.h"

namespace varve {

enum class ChunkEncoding : uint8_t {
  kNone = 0,
  kXor = 1,
  kHistogram = 2,
  kFloatHistogram = 3,
  kXor2 = 4,
  kHistogramSt = 5,
  kFloatHistogramSt = 6,
  kAggr = 0xff,  // Thanos: five chunks, one an aggregate, of downsampled data
};

// Which view of the data a chunk holds. Raw samples, or one aggregate of downsampled data.
enum class Aggregate : uint8_t { kRaw = 0, kCount, kSum, kMin, kMax, kCounter };  // the numbers are those of storepb.Aggr

struct ChunkView {
  TimestampMs min_time = 0, max_time = 0;  // both inclusive
  ChunkEncoding encoding = ChunkEncoding::kNone;
  Aggregate aggregate = Aggregate::kRaw;
  Bytes data;  // without length, encoding byte or checksum; kept alive by whoever hands the view out
};

// Appends the samples of one chunk, or at least those up to `until`. On an error `out` may hold the samples before the damage.
absl::Status DecodeChunk(ChunkEncoding encoding, Bytes data, SeriesSamples& out, TimestampMs until = kMaxTimestamp);

// The number of samples a chunk says it holds (its first two bytes); for kAggr, of its count aggregate.
absl::StatusOr<uint32_t> ChunkSampleCount(ChunkEncoding encoding, Bytes data);

// The five inner chunks of a kAggr chunk; encoding kNone where one is absent.
struct AggrChunkParts {
  struct Part {
    ChunkEncoding encoding = ChunkEncoding::kNone;
    Bytes data;
  };
  Part count, sum, min, max, counter;
  const Part& of(Aggregate aggregate) const;  // not for kRaw
};
absl::StatusOr<AggrChunkParts> ParseAggrChunk(Bytes data);
ByteBuffer EncodeAggrChunk(const AggrChunkParts& parts);

}  // namespace varve
