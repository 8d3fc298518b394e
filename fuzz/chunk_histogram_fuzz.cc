// Chunks of integer histograms.
#include <cstddef>
#include <cstdint>
#include <span>

#include "chunkenc/chunk.h"
#include "histogram_chunks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const varve::Bytes bytes = std::as_bytes(std::span(data, size));
  varve::CheckHistogramChunk(varve::ChunkEncoding::kHistogram, bytes);
  return 0;
}
