// What deletions leave of a chunk, encoded anew.
//
// Shape    a raw chunk loses the samples at deleted times, an aggregate chunk windows (tsdb/aggregate_windows.h).
// Errors   DataLoss for a chunk that does not decode.
// Threads  a free function.
#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "tsdb/encode_samples.h"
#include "tsdb/tombstones.h"

namespace varve {

struct UndeletedChunks {
  std::vector<OwnedChunk> chunks;
  uint64_t samples_deleted = 0;  // of an aggregate chunk, windows
};

absl::StatusOr<UndeletedChunks> EraseDeleted(const DeletedIntervals& deleted, const ChunkView& chunk);

}  // namespace varve
