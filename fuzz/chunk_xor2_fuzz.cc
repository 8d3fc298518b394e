// XOR2 chunks: whatever the bytes are, the columns fit together and have as many samples as the chunk announces.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "chunkenc/chunk.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const varve::Bytes bytes = std::as_bytes(std::span(data, size));
  varve::SeriesSamples samples;
  const bool ok = varve::DecodeChunk(varve::ChunkEncoding::kXor2, bytes, samples).ok();
  const varve::FloatColumns& columns = samples.floats;
  VARVE_CHECK(columns.times.size() == (ok ? *varve::ChunkSampleCount(varve::ChunkEncoding::kXor2, bytes) : 0));
  VARVE_CHECK(columns.values.size() == columns.times.size());
  VARVE_CHECK(columns.start_times.empty() || columns.start_times.size() == columns.times.size());
  return 0;
}
