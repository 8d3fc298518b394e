// Chunk records: a record is within its bytes, and decodes or fails cleanly, with a right checksum and without.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/byte_writer.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "tsdb/chunk_files.h"

namespace {

void Try(varve::Bytes bytes, bool verify) {
  const auto chunk = varve::ParseChunkRecord(bytes, verify);
  if (!chunk.ok()) return;
  VARVE_CHECK(chunk->record_bytes <= bytes.size() && chunk->data.size() < chunk->record_bytes);
  varve::SeriesSamples samples;
  varve::DecodeChunk(chunk->encoding, chunk->data, samples).IgnoreError();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const varve::Bytes input = std::as_bytes(std::span(data, size));
  Try(input, true);
  Try(input, false);
  if (size == 0) return 0;
  varve::ByteWriter record;  // the input as encoding and data
  record.Uvarint(size - 1);
  record.Append(input);
  record.U32(varve::Crc32c(input));
  VARVE_CHECK(varve::ParseChunkRecord(record.bytes()).ok());
  Try(record.bytes(), true);
  return 0;
}
