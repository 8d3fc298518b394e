// One series of several resolutions: which chunk counts when.
//
// Shape    where data of several resolutions overlap the finest counts, by whole windows: a window of downsampled data gives way if
//          finer data reach over all of it, and finer samples give way to a window that stays. So nothing is lost and nothing
//          counted twice. What is left overlaps only data of its own resolution: other replicas.
//          docs/decisions/0008-mixed-resolutions.md.
// Errors   DataLoss for aggregates that do not decode.
// Threads  free functions over immutable chunks.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/time_range.h"
#include "storage/join_chunks.h"

namespace varve {

// A unit, or a part of one.
struct UnitPart {
  ChunkUnit unit;
  int64_t resolution_ms = 0;  // 0: raw samples
  QueryRange range;           // the times of the unit; of a part of one, the samples within it count
  bool whole = true;
};

bool HasDownsampled(std::span<const ChunkView> chunks);

// Of raw chunks, each a unit of its own.
std::vector<UnitPart> RawUnits(std::span<const ChunkView> chunks);

// By start.
absl::StatusOr<std::vector<UnitPart>> MixResolutions(std::span<const ChunkUnit> units);

// When data are of which resolution: ranges ascend and do not overlap; between them, and where there is none, data are raw.
class ResolutionMap {
 public:
  explicit ResolutionMap(std::span<const UnitPart> parts);
  int64_t At(TimestampMs time) const;
  int64_t coarsest_ms() const { return coarsest_ms_; }

 private:
  struct Stretch {
    QueryRange range;
    int64_t resolution_ms;
  };
  std::vector<Stretch> stretches_;
  int64_t coarsest_ms_ = 0;
};

}  // namespace varve
