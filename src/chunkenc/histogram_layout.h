// What all samples of one histogram chunk have in common, written once behind the chunk's header.
//
//   [ zero threshold ] [ schema varbit ] [ positive spans ] [ negative spans ] [ bounds, custom buckets only ]
//
//   zero threshold   one byte: 0 is zero, 1..254 is 2^(byte-244), 255 is followed by a 64-bit float
//   spans            [ count varbit unsigned ] ( [ length varbit unsigned ] [ offset varbit ] )*
//   bounds           [ count varbit unsigned ] ( [ thousandths + 1, varbit unsigned ] or [ 0 ][ 64-bit float ] )*
//
// Errors   DataLoss for a layout that contradicts itself, so that who reads the samples may trust spans, bounds and counts
//          to agree; Unimplemented for a schema we do not know.
// Source   prometheus tsdb/chunkenc/histogram_meta.go; model/histogram/generic.go for the checks.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <vector>

#include "chunkenc/bit_reader.h"
#include "chunkenc/bit_writer.h"
#include "model/histogram.h"

namespace varve {

struct HistogramLayout {
  int32_t schema = 0;  // up to kSchemaReservedMax, higher than what a FloatHistogram may have
  double zero_threshold = 0;
  std::vector<HistogramSpan> positive_spans, negative_spans;
  std::vector<double> custom_values;
  size_t positive_count = 0, negative_count = 0;  // buckets in the spans

  size_t bucket_count() const { return positive_count + negative_count; }
  size_t heap_bytes() const;  // of a histogram in this layout
};

inline constexpr int32_t kSchemaReservedMax = 52;  // newer writers may go that far; readers reduce to kExponentialSchemaMax

// `bucket_bits_min` is what every bucket takes of the first sample at least: a layout with more buckets than the data has
// room for is refused before anything is allocated for them.
absl::StatusOr<HistogramLayout> ReadHistogramLayout(BitReader& reader, unsigned bucket_bits_min);

// The layout of `histogram`, which is valid.
void WriteHistogramLayout(BitWriter& writer, const FloatHistogram& histogram);

// Merges buckets until the schema is kExponentialSchemaMax. The spans are those of a layout read above.
void ReduceToMaxSchema(FloatHistogram& histogram);

}  // namespace varve
