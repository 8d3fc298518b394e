// Chunks of aggregates, Thanos' downsampled data:
//
//   ( [ length uvarint ][ encoding : 8 ][ chunk : length ] or [ 0 ] ) * 5        count, sum, min, max, counter
//
// Source   thanos pkg/compact/downsample/aggr.go.
#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "base/check.h"
#include "base/errors.h"
#include "chunkenc/chunk.h"

namespace varve {
namespace {

using Part = AggrChunkParts::Part;
constexpr Part AggrChunkParts::*kParts[] = {&AggrChunkParts::count, &AggrChunkParts::sum, &AggrChunkParts::min,
                                            &AggrChunkParts::max, &AggrChunkParts::counter};

bool IsInnerEncoding(uint8_t encoding) {
  return encoding >= static_cast<uint8_t>(ChunkEncoding::kXor) &&
         encoding <= static_cast<uint8_t>(ChunkEncoding::kFloatHistogramSt);
}

}  // namespace

const Part& AggrChunkParts::of(Aggregate aggregate) const {
  VARVE_CHECK(aggregate != Aggregate::kRaw);
  return this->*kParts[static_cast<size_t>(aggregate) - 1];
}

absl::StatusOr<AggrChunkParts> ParseAggrChunk(Bytes data) {
  ByteReader reader(data);
  AggrChunkParts parts;
  for (const auto part : kParts) {
    const uint64_t length = reader.Uvarint();
    if (length == 0) continue;
    const uint8_t encoding = reader.U8();
    const Bytes chunk = reader.Take(length);
    if (!reader.ok()) break;
    if (!IsInnerEncoding(encoding)) return DataLoss("chunk of aggregates: one of them has encoding {}", encoding);
    parts.*part = {.encoding = static_cast<ChunkEncoding>(encoding), .data = chunk};
  }
  if (!reader.ok()) return DataLoss("chunk of aggregates: its {} bytes end within an aggregate", data.size());
  if (!reader.empty()) return DataLoss("chunk of aggregates: {} bytes after the last one", reader.remaining());
  return parts;
}

ByteBuffer EncodeAggrChunk(const AggrChunkParts& parts) {
  ByteWriter writer;
  for (const auto part : kParts) {
    const auto& [encoding, data] = parts.*part;
    VARVE_CHECK((encoding == ChunkEncoding::kNone) == data.empty());
    writer.Uvarint(data.size());
    if (data.empty()) continue;
    writer.U8(static_cast<uint8_t>(encoding));
    writer.Append(data);
  }
  return writer.Release();
}

}  // namespace varve
