#include "tsdb/encode_samples.h"

#include <algorithm>

#include "base/check.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "chunkenc/histogram_encoder.h"
#include "chunkenc/xor_encoder.h"

namespace varve {
namespace {

absl::Status CheckOrder(const std::vector<TimestampMs>& times) {
  const auto repeated = std::ranges::adjacent_find(times, std::ranges::greater_equal());
  if (repeated == times.end()) return absl::OkStatus();
  return InvalidArgument("encode samples: {} behind {}", *(repeated + 1), *repeated);
}

// One chunk of the floats from `next` on, none at or after `end_time`.
OwnedChunk EncodeFloats(const FloatColumns& floats, size_t& next, TimestampMs end_time, uint32_t samples_max) {
  OwnedChunk chunk{.min_time = floats.times[next], .encoding = ChunkEncoding::kXor};
  XorEncoder encoder;
  for (; next < floats.size() && floats.times[next] < end_time && encoder.sample_count() < samples_max; ++next) {
    encoder.Append(floats.times[next], floats.values[next]);
    chunk.max_time = floats.times[next];
  }
  chunk.data = encoder.Release();
  return chunk;
}

template <typename Encoder>
OwnedChunk EncodeHistogramsAs(ChunkEncoding encoding, const HistogramColumns& histograms, size_t& next, TimestampMs end_time,
                              uint32_t samples_max) {
  OwnedChunk chunk{.min_time = histograms.times[next], .encoding = encoding};
  const bool whole = encoding == ChunkEncoding::kHistogram;
  Encoder encoder;
  for (; next < histograms.size() && histograms.times[next] < end_time && encoder.sample_count() < samples_max; ++next) {
    const FloatHistogram& histogram = histograms.values[next];
    if (HasWholeCounts(histogram) != whole || !encoder.Append(histograms.times[next], histogram)) break;
    chunk.max_time = histograms.times[next];
  }
  chunk.data = encoder.Release();
  return chunk;
}

OwnedChunk EncodeHistograms(const HistogramColumns& histograms, size_t& next, TimestampMs end_time, uint32_t samples_max) {
  if (HasWholeCounts(histograms.values[next])) {
    return EncodeHistogramsAs<HistogramEncoder>(ChunkEncoding::kHistogram, histograms, next, end_time, samples_max);
  }
  return EncodeHistogramsAs<FloatHistogramEncoder>(ChunkEncoding::kFloatHistogram, histograms, next, end_time, samples_max);
}

}  // namespace

absl::StatusOr<std::vector<OwnedChunk>> EncodeSamples(const SeriesSamples& samples, uint32_t samples_max) {
  VARVE_CHECK(samples_max > 0 && samples_max <= XorEncoder::kSamplesMax);
  const FloatColumns& floats = samples.floats;
  const HistogramColumns& histograms = samples.histograms;
  VARVE_RETURN_IF_ERROR(CheckOrder(floats.times));
  VARVE_RETURN_IF_ERROR(CheckOrder(histograms.times));
  for (const FloatHistogram& histogram : histograms.values) VARVE_RETURN_IF_ERROR(histogram.Validate());

  std::vector<OwnedChunk> chunks;
  const auto time_at = [](const std::vector<TimestampMs>& times, size_t i) {
    return i < times.size() ? times[i] : kMaxTimestamp;
  };
  size_t next_float = 0;
  size_t next_histogram = 0;
  while (next_float < floats.size() || next_histogram < histograms.size()) {
    const TimestampMs float_time = time_at(floats.times, next_float);
    const TimestampMs histogram_time = time_at(histograms.times, next_histogram);
    if (float_time == histogram_time) return InvalidArgument("encode samples: a float and a histogram at {}", float_time);
    chunks.push_back(float_time < histogram_time ? EncodeFloats(floats, next_float, histogram_time, samples_max)
                                                 : EncodeHistograms(histograms, next_histogram, float_time, samples_max));
  }
  return chunks;
}

}  // namespace varve
