// What the targets of histogram chunks check: whatever the bytes are, columns fit together, and so do spans, counts and bounds of
// every histogram.
#pragma once

#include <vector>

#include "base/check.h"
#include "chunkenc/chunk.h"

namespace varve {

inline size_t BucketsIn(const std::vector<HistogramSpan>& spans) {
  size_t buckets = 0;
  for (const HistogramSpan& span : spans) buckets += span.length;
  return buckets;
}

inline void CheckHistogramChunk(ChunkEncoding encoding, Bytes bytes) {
  SeriesSamples samples;
  const bool ok = DecodeChunk(encoding, bytes, samples).ok();
  const HistogramColumns& columns = samples.histograms;
  VARVE_CHECK(samples.floats.empty());
  VARVE_CHECK(columns.times.size() == (ok ? *ChunkSampleCount(encoding, bytes) : 0));
  VARVE_CHECK(columns.values.size() == columns.times.size());
  VARVE_CHECK(columns.start_times.empty() || columns.start_times.size() == columns.times.size());
  for (const FloatHistogram& histogram : columns.values) {
    VARVE_CHECK(BucketsIn(histogram.positive_spans) == histogram.positive.size());
    VARVE_CHECK(BucketsIn(histogram.negative_spans) == histogram.negative.size());
    VARVE_CHECK(histogram.schema <= kExponentialSchemaMax);
  }
}

}  // namespace varve
