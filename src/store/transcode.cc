#include "store/transcode.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/status_macros.h"
#include "store/series_frames.h"
#include "tsdb/encode_samples.h"

namespace varve {

absl::Status MakeWireEncodable(ChunkSeries& series) {
  const auto fits = [](const ChunkView& chunk) { return WireEncodable(chunk.encoding); };
  if (std::all_of(series.chunks.begin(), series.chunks.end(), fits)) return absl::OkStatus();
  SeriesSamples samples;
  for (const ChunkView& chunk : std::exchange(series.chunks, {})) {
    if (fits(chunk)) {
      series.chunks.push_back(chunk);
      continue;
    }
    samples.Clear();
    VARVE_RETURN_IF_ERROR(DecodeChunk(chunk.encoding, chunk.data, samples));
    VARVE_RETURN_IF_ERROR(AppendEncoded(samples, series));
  }
  return absl::OkStatus();
}

absl::Status AppendEncoded(const SeriesSamples& samples, ChunkSeries& series) {
  VARVE_ASSIGN_OR_RETURN(auto encoded, EncodeSamples(samples));
  auto owned = std::make_shared<const std::vector<OwnedChunk>>(std::move(encoded));
  for (const OwnedChunk& chunk : *owned) series.chunks.push_back(chunk.view());
  series.owners.push_back(std::move(owned));
  return absl::OkStatus();
}

}  // namespace varve
