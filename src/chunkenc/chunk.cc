#include "chunkenc/chunk.h"

#include "base/errors.h"
#include "base/status_macros.h"
#include "chunkenc/histogram_chunk.h"
#include "chunkenc/xor.h"
#include "chunkenc/xor2.h"

namespace varve {

absl::Status DecodeChunk(ChunkEncoding encoding, Bytes data, SeriesSamples& out, TimestampMs until) {
  switch (encoding) {
    case ChunkEncoding::kXor: return DecodeXor(data, out.floats, until);
    case ChunkEncoding::kXor2: return DecodeXor2(data, out.floats);
    case ChunkEncoding::kHistogram:
    case ChunkEncoding::kFloatHistogram:
    case ChunkEncoding::kHistogramSt:
    case ChunkEncoding::kFloatHistogramSt: return DecodeHistograms(encoding, data, out.histograms);
    case ChunkEncoding::kAggr:
      return InvalidArgument("a chunk of aggregates is not samples: take it apart and decode the aggregate that is wanted");
    case ChunkEncoding::kNone: break;
  }
  return Unimplemented("chunk encoding {}: this version does not read it", static_cast<int>(encoding));
}

absl::StatusOr<uint32_t> ChunkSampleCount(ChunkEncoding encoding, Bytes data) {
  if (encoding == ChunkEncoding::kAggr) {
    VARVE_ASSIGN_OR_RETURN(const AggrChunkParts parts, ParseAggrChunk(data));
    if (parts.count.encoding == ChunkEncoding::kNone) return uint32_t{0};
    return ChunkSampleCount(parts.count.encoding, parts.count.data);
  }
  if (data.size() < 2) return DataLoss("chunk of {} bytes: shorter than its sample count", data.size());
  const uint32_t first_word = uint32_t{AsU8(data)[0]} << 8 | AsU8(data)[1];
  const bool hint_on_top = encoding == ChunkEncoding::kHistogramSt || encoding == ChunkEncoding::kFloatHistogramSt;
  return hint_on_top ? first_word & 0x3fff : first_word;
}

}  // namespace varve
