// A block from samples, for tests.
//
//   BlockBuilder builder;
//   builder.Add(Labels{{"__name__", "up"}}, 1000, 1.0);
//   const BlockMeta meta = builder.Write(directory);       // <directory>/<ULID>; a failure ends the process
//
// Shape    series may come in any order; the samples of one ascend in time. See tsdb/encode_samples.h for how they become chunks.
// Threads  one at a time.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/labels.h"
#include "model/sample.h"
#include "tsdb/block_writer.h"
#include "tsdb/encode_samples.h"

namespace varve {

class BlockBuilder {
 public:
  void Add(const Labels& labels, TimestampMs time, double value) { series_[labels].samples.floats.Append(time, value); }
  void Add(const Labels& labels, TimestampMs time, FloatHistogram value) {
    series_[labels].samples.histograms.Append(time, std::move(value));
  }
  // All samples of a series, in place of those it had.
  void Add(const Labels& labels, SeriesSamples samples) { series_[labels].samples = std::move(samples); }
  // A chunk as it is, behind those made of samples.
  void Add(const Labels& labels, OwnedChunk chunk) { series_[labels].chunks.push_back(std::move(chunk)); }

  void set_samples_per_chunk(uint32_t samples) { samples_per_chunk_ = samples; }
  BlockMeta Write(const std::string& directory, BlockWriterOptions options = {}) const;  // a new id unless the options have one

 private:
  struct Content {
    SeriesSamples samples;
    std::vector<OwnedChunk> chunks;
  };
  std::map<Labels, Content> series_;
  uint32_t samples_per_chunk_ = kSamplesPerChunk;
};

}  // namespace varve
