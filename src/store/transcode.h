// Chunks for readers that know only the encodings the StoreAPI has numbers for: newer ones are decoded and encoded again.
//
// Shape    XOR2 becomes XOR; histograms with start timestamps become histograms, integer ones stay integer. Start timestamps are
//          lost: the StoreAPI has no place for them.
// Errors   DataLoss for a chunk that does not decode, InvalidArgument for samples that do not ascend.
#pragma once

#include <absl/status/status.h>

#include "storage/chunk_series.h"

namespace varve {

// Replaces the chunks of the series whose encoding is not WireEncodable (series_frames.h).
absl::Status MakeWireEncodable(ChunkSeries& series);

// Adds samples to a series as chunks of 120, which the series then owns.
absl::Status AppendEncoded(const SeriesSamples& samples, ChunkSeries& series);

}  // namespace varve
