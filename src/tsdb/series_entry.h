// A series in an index: its labels as symbols, and where its chunks are.
//
//   [ length uvarint ][ labels uvarint ]([ name uvarint ][ value uvarint ])* [ chunks uvarint ]
//       first chunk [ min varint ][ max - min uvarint ][ ref uvarint ]
//       others      [ min - max before uvarint ][ max - min uvarint ][ ref - ref before varint ]   [ crc32c u32 ]
//
// Shape    a chunk ref is segment << 32 | offset in the segment file.
// Errors   DataLoss.
// Threads  values; a SeriesEntry is a buffer to be used again.
// Source   prometheus tsdb/docs/format/index.md, Series.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/byte_writer.h"
#include "base/bytes.h"
#include "base/time_range.h"
#include "model/labels.h"
#include "tsdb/symbol_table.h"

namespace varve {

struct ChunkMeta {
  TimestampMs min_time = 0, max_time = 0;  // both inclusive
  uint64_t ref = 0;
  friend bool operator==(const ChunkMeta&, const ChunkMeta&) = default;
};

struct SymbolPair {
  uint32_t name = 0, value = 0;
  friend bool operator==(const SymbolPair&, const SymbolPair&) = default;
};

struct SeriesEntry {
  std::vector<SymbolPair> labels;
  std::vector<ChunkMeta> chunks;
};

// The entry whose length is at the beginning of `bytes`, checked, without length and checksum. `bytes` may go on behind it.
absl::StatusOr<Bytes> CheckedSeriesEntry(Bytes bytes);

// Reads an entry without length and checksum: what index caches keep.
absl::Status DecodeSeriesEntry(Bytes entry, SeriesEntry& out);
void EncodeSeriesEntry(const SeriesEntry& entry, ByteWriter& out);  // without length and checksum

// What a writer demands of the chunks of a series: they follow each other without overlap, and their refs do not go back behind
// `last_ref`. InvalidArgument if not.
absl::Status CheckChunkOrder(std::span<const ChunkMeta> chunks, uint64_t last_ref);

// Turns symbols into labels. Some indexes of old have labels out of order: those come out sorted.
class LabelResolver {
 public:
  explicit LabelResolver(const SymbolTable& symbols) : cache_(symbols) {}  // the table outlives the resolver
  absl::StatusOr<Labels> Resolve(const std::vector<SymbolPair>& labels);

 private:
  SymbolCache cache_;
  std::vector<LabelView> views_;
};

}  // namespace varve
