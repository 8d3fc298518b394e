// The chunks of one series at coarser resolutions.
//
//   SeriesDownsampler downsampler({.resolutions_ms = {kFiveMinutesMs, kOneHourMs}, .range = range});
//   VARVE_RETURN_IF_ERROR(downsampler.Downsample(chunks));
//   ... downsampler.chunks(0) are of 5 m, chunks(1) of 1 h ...
//
// Shape    chunks are decoded one after the other into windows of the finest resolution wanted; the coarser ones are made of those.
//          Where floats and histograms follow each other, chunks end.
// Errors   DataLoss for chunks that do not decode or whose aggregates contradict each other.
// Threads  one at a time.
#pragma once

#include <absl/status/status.h>

#include <span>
#include <vector>

#include "blocks/downsample/float_windows.h"
#include "blocks/downsample/histogram_windows.h"
#include "storage/join_chunks.h"
#include "tsdb/encode_samples.h"

namespace varve {

class SeriesDownsampler {
 public:
  struct Options {
    std::vector<int64_t> resolutions_ms;  // ascending
    BlockRange range;                     // no window is stamped beyond it
  };
  explicit SeriesDownsampler(Options options);

  // In time order; aggregate chunks whole or taken apart. What chunks(level) held before is forgotten.
  absl::Status Downsample(std::span<const ChunkView> chunks);
  const std::vector<OwnedChunk>& chunks(size_t level) const { return chunks_[level]; }

  uint64_t samples_read() const { return samples_read_; }  // or windows of downsampled input

 private:
  absl::Status AddUnit(ChunkUnit unit);
  absl::Status AddAggregates(TimestampMs min_time, const AggrChunkParts& parts);
  absl::Status AddHistograms(HistogramColumns& histograms);
  // Begins floats or histograms from `time` on: what was gathered of the other kind ends before.
  absl::Status BeginFloats(TimestampMs time);
  absl::Status BeginHistograms(TimestampMs time);
  absl::Status EndRun(TimestampMs end);

  const Options options_;
  FloatWindowsBuilder floats_;
  HistogramWindowsBuilder histograms_;
  enum class Kind { kNone, kFloats, kHistograms } kind_ = Kind::kNone;  // of what is in the builders
  TimestampMs covered_until_ = kMinTimestamp;                           // by chunks that are written
  SeriesSamples samples_;
  std::vector<std::vector<OwnedChunk>> chunks_;  // by level
  uint64_t samples_read_ = 0;
};

}  // namespace varve
