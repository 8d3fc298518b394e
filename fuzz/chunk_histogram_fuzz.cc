// Chunks of integer histograms: whatever the bytes are, columns fit together, and so do spans, counts and bounds of every
// histogram.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "chunkenc/chunk.h"

namespace {

size_t BucketsIn(const std::vector<varve::HistogramSpan>& spans) {
  size_t buckets = 0;
  for (const varve::HistogramSpan& span : spans) buckets += span.length;
  return buckets;
}

void Decode(varve::ChunkEncoding encoding, varve::Bytes bytes) {
  varve::SeriesSamples samples;
  const bool ok = varve::DecodeChunk(encoding, bytes, samples).ok();
  const varve::HistogramColumns& columns = samples.histograms;
  VARVE_CHECK(samples.floats.empty());
  VARVE_CHECK(columns.times.size() == (ok ? *varve::ChunkSampleCount(encoding, bytes) : 0));
  VARVE_CHECK(columns.values.size() == columns.times.size());
  VARVE_CHECK(columns.start_times.empty() || columns.start_times.size() == columns.times.size());
  for (const varve::FloatHistogram& histogram : columns.values) {
    VARVE_CHECK(BucketsIn(histogram.positive_spans) == histogram.positive.size());
    VARVE_CHECK(BucketsIn(histogram.negative_spans) == histogram.negative.size());
    VARVE_CHECK(histogram.schema <= varve::kExponentialSchemaMax);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const varve::Bytes bytes = std::as_bytes(std::span(data, size));
  Decode(varve::ChunkEncoding::kHistogram, bytes);
  return 0;
}
