// The windows of an aggregate chunk, taken apart: to leave some out, and to put chunks of one series behind each other.
//
//   VARVE_ASSIGN_OR_RETURN(AggregateWindows windows, AggregateWindows::Read(chunk));
//   windows.Erase(deleted);
//   if (windows.size() > 0) VARVE_ASSIGN_OR_RETURN(const OwnedChunk left, windows.Encode());
//
// Shape    a window is known by its stamp, its last millisecond. The counter of floats begins with the first sample of the chunk
//          and ends with the last raw value, at the time of the last window.
// Errors   DataLoss for bytes that do not decode.
// Threads  values.
// Source   thanos pkg/compact/downsample/aggr.go; docs/formats/chunks.md.
#pragma once

#include <absl/status/statusor.h>

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "tsdb/encode_samples.h"
#include "tsdb/tombstones.h"

namespace varve {

class AggregateWindows {
 public:
  static absl::StatusOr<AggregateWindows> Read(const ChunkView& chunk);

  size_t size() const { return stamps().size(); }
  const std::vector<TimestampMs>& stamps() const { return part(Aggregate::kCount).samples.floats.times; }

  // The windows whose stamp is deleted go, of every aggregate alike. The counter's last raw value moves back to the last window
  // that is left, so that what was deleted at the end does not count as an increase.
  void Erase(const DeletedIntervals& deleted);
  // Whether the window with this stamp is there in both, with the same count, sum, minimum and maximum.
  bool Agrees(const AggregateWindows& other, TimestampMs stamp) const;
  // Leaves out the windows up to the last one of `before`; the counter goes on where that one's ends.
  void ContinueBehind(const AggregateWindows& before);

  absl::StatusOr<OwnedChunk> Encode() const;  // not of nothing

 private:
  struct Part {
    bool there = false;
    SeriesSamples samples;
  };
  const Part& part(Aggregate aggregate) const { return parts_[static_cast<size_t>(aggregate) - 1]; }
  Part& part(Aggregate aggregate) { return parts_[static_cast<size_t>(aggregate) - 1]; }

  std::array<Part, 5> parts_;        // count, sum, min, max, counter
  std::optional<double> raw_value_;  // the last one
  TimestampMs min_time_ = 0;         // of the chunk; that of the first window's first sample
};

// Aggregate chunks of one series, by time, some of which overlap, as chunks that follow each other: each window once. Where two
// have the same time both have to have the same windows: then they were made of the same samples. FailedPrecondition if not.
absl::StatusOr<std::vector<OwnedChunk>> JoinWindows(std::span<const ChunkView> chunks);

}  // namespace varve
