// Decodes chunks of native histograms: integers or floats, with or without start timestamps.
//
//   integer, float          [ count u16be ][ hint : 2, 0 : 6 ]                         [ layout ] [ row ]*
//   with start timestamps   [ hint : 2, count : 14 ][ start time header : 8 ]          [ layout ] ( [ row ][ start time ] )*
//
//   Layout: histogram_layout.h. Rows: histogram_rows.h. Start times: start_times.h.
//
// Shape    counts of integer histograms become doubles. Reset hints are what upstream's iterators answer: kGauge throughout
//          a gauge chunk; otherwise kUnknown first and kNotReset after it, as one chunk holds no reset. The first is never
//          kReset, though the header may say so: the chunk it was compared with may be gone. A stale sample is an empty
//          histogram whose sum is the stale marker. Schemas above kExponentialSchemaMax are reduced to it.
// Errors   DataLoss, also for a chunk whose samples would take more than kDecodedBytesMax; Unimplemented for an unknown
//          schema. `out` is then as it was.
// Source   prometheus tsdb/chunkenc/histogram.go, float_histogram.go, histogram_st.go, float_histogram_st.go.
#pragma once

#include <absl/status/status.h>

#include "base/bytes.h"
#include "chunkenc/chunk.h"
#include "model/sample.h"

namespace varve {

inline constexpr size_t kDecodedBytesMax = size_t{64} << 20;

// Appends all samples of the chunk. `encoding` is one of the four of histograms.
absl::Status DecodeHistograms(ChunkEncoding encoding, Bytes data, HistogramColumns& out);

// What the header says about the sample before the chunk: kReset, kNotReset, kUnknown; or kGauge.
absl::StatusOr<CounterResetHint> HistogramChunkResetHint(ChunkEncoding encoding, Bytes data);

}  // namespace varve
