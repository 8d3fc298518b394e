#include "chunkenc/chunk.h"

#include "base/errors.h"
#include "chunkenc/xor.h"

namespace varve {

absl::Status DecodeChunk(ChunkEncoding encoding, Bytes data, SeriesSamples& out) {
  switch (encoding) {
    case ChunkEncoding::kXor:
      return DecodeXor(data, out.floats);
    default:
      return Unimplemented("chunk encoding {}: not one this version reads", static_cast<int>(encoding));
  }
}

absl::StatusOr<uint32_t> ChunkSampleCount(ChunkEncoding encoding, Bytes data) {
  if (data.size() < 2) return DataLoss("chunk of {} bytes: shorter than its sample count", data.size());
  return uint32_t{AsU8(data)[0]} << 8 | AsU8(data)[1];
}

}  // namespace varve
