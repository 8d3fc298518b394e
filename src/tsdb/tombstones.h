// Which samples of a block are deleted, until the next compaction drops them.
//
//   [ magic u32 ][ version u8 ] ([ series ref uvarint ][ min varint ][ max varint ]) * [ crc32c of what follows the version u32 ]
//
// Shape    of each series disjoint intervals, both ends inclusive, ascending.
// Errors   DataLoss; Unimplemented for an unknown version.
// Threads  const members may be called from many threads at once.
// Source   prometheus tsdb/tombstones/tombstones.go; ours: docs/formats/tombstones.md.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time_range.h"
#include "model/sample.h"
#include "runtime/files.h"

namespace varve {

inline constexpr std::string_view kTombstonesFileName = "tombstones";

using DeletedIntervals = std::vector<QueryRange>;

class Tombstones {
 public:
  static absl::StatusOr<Tombstones> Parse(Bytes file);
  ByteBuffer Encode() const;
  // A block without the file has no tombstones. `directory` is the block's own.
  static absl::StatusOr<Tombstones> Read(Files& files, const std::string& directory);
  absl::Status Write(Files& files, const std::string& directory) const;

  void Add(uint64_t series_ref, QueryRange interval);     // joins overlapping and adjacent intervals
  const DeletedIntervals& Of(uint64_t series_ref) const;  // empty if nothing is deleted
  bool empty() const { return by_series_.empty(); }
  uint64_t interval_count() const;

 private:
  std::map<uint64_t, DeletedIntervals> by_series_;
};

// Whether one interval covers all of `range`, or any touches it.
bool CoversAll(const DeletedIntervals& deleted, QueryRange range);
bool CoversSome(const DeletedIntervals& deleted, QueryRange range);
void EraseDeleted(const DeletedIntervals& deleted, SeriesSamples& samples);

}  // namespace varve
