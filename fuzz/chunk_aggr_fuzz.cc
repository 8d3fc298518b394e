// Chunks of aggregates: one that is taken apart can be put together again and has the same parts, and parts decode or fail
// cleanly.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "chunkenc/chunk.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using varve::Aggregate;
  const auto parts = varve::ParseAggrChunk(std::as_bytes(std::span(data, size)));
  if (!parts.ok()) return 0;
  const varve::ByteBuffer again = varve::EncodeAggrChunk(*parts);
  const auto parsed = varve::ParseAggrChunk(again);
  VARVE_CHECK(parsed.ok());
  for (const Aggregate aggregate : {Aggregate::kCount, Aggregate::kSum, Aggregate::kMin, Aggregate::kMax, Aggregate::kCounter}) {
    const auto& part = parts->of(aggregate);
    VARVE_CHECK(part.encoding == parsed->of(aggregate).encoding);
    VARVE_CHECK(std::ranges::equal(part.data, parsed->of(aggregate).data));
    varve::SeriesSamples samples;
    if (part.encoding != varve::ChunkEncoding::kNone) (void)varve::DecodeChunk(part.encoding, part.data, samples);
  }
  return 0;
}
