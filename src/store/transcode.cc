#include "store/transcode.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "chunkenc/histogram_encoder.h"
#include "chunkenc/xor_encoder.h"
#include "store/series_frames.h"

namespace varve {
namespace {

// Adds chunks to a series, which owns their bytes from then on.
class ChunkAdder {
 public:
  explicit ChunkAdder(ChunkSeries& series) : series_(series) {}

  void Add(ChunkEncoding encoding, TimestampMs min, TimestampMs max, ByteBuffer bytes) {
    auto owned = std::make_shared<const ByteBuffer>(std::move(bytes));
    series_.chunks.push_back({.min_time = min, .max_time = max, .encoding = encoding, .data = *owned});
    series_.owners.push_back(std::move(owned));
  }

 private:
  ChunkSeries& series_;
};

void EncodeFloats(const FloatColumns& floats, ChunkAdder& out) {
  XorEncoder encoder;
  size_t first = 0;
  for (size_t i = 0; i < floats.size(); ++i) {
    encoder.Append(floats.times[i], floats.values[i]);
    const bool last = i + 1 == floats.size() || encoder.sample_count() == XorEncoder::kSamplesMax;
    if (!last) continue;
    out.Add(ChunkEncoding::kXor, floats.times[first], floats.times[i], encoder.Release());
    first = i + 1;
  }
}

template <typename Encoder>
void EncodeHistograms(ChunkEncoding encoding, const HistogramColumns& histograms, ChunkAdder& out) {
  auto encoder = std::make_unique<Encoder>();
  size_t first = 0;
  for (size_t i = 0; i < histograms.size(); ++i) {
    if (encoder->Append(histograms.times[i], histograms.values[i])) continue;
    out.Add(encoding, histograms.times[first], histograms.times[i - 1], encoder->Release());
    first = i;
    VARVE_CHECK(encoder->Append(histograms.times[i], histograms.values[i]));
  }
  if (histograms.size() > first) out.Add(encoding, histograms.times[first], histograms.times.back(), encoder->Release());
}

}  // namespace

absl::Status MakeWireEncodable(ChunkSeries& series) {
  const auto fits = [](const ChunkView& chunk) { return WireEncodable(chunk.encoding); };
  if (std::all_of(series.chunks.begin(), series.chunks.end(), fits)) return absl::OkStatus();
  const std::vector<ChunkView> chunks = std::exchange(series.chunks, {});
  ChunkAdder out(series);
  SeriesSamples samples;
  for (const ChunkView& chunk : chunks) {
    if (fits(chunk)) {
      series.chunks.push_back(chunk);
      continue;
    }
    samples.Clear();
    VARVE_RETURN_IF_ERROR(DecodeChunk(chunk.encoding, chunk.data, samples));
    EncodeFloats(samples.floats, out);
    const std::vector<FloatHistogram>& histograms = samples.histograms.values;
    if (std::all_of(histograms.begin(), histograms.end(), HasWholeCounts)) {
      EncodeHistograms<HistogramEncoder>(ChunkEncoding::kHistogram, samples.histograms, out);
    } else {
      EncodeHistograms<FloatHistogramEncoder>(ChunkEncoding::kFloatHistogram, samples.histograms, out);
    }
  }
  return absl::OkStatus();
}

}  // namespace varve
