// The chunks of testdata/chunks, written by Prometheus' own encoders, with the samples that went in and come out. The text
// form is described in testdata/chunks/README.md.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "chunkenc/chunk.h"
#include "model/sample.h"

namespace varve {

struct GoldenInput {
  TimestampMs time = 0;
  FloatHistogram histogram;
  bool cut_before = false;  // the caller starts a new chunk with this sample
};

struct GoldenChunk {
  ByteBuffer bytes;
  SeriesSamples samples;  // start_times always there, 0 where upstream has none
};

struct GoldenCase {
  std::string name;
  ChunkEncoding encoding = ChunkEncoding::kNone;
  std::vector<GoldenInput> inputs;  // histograms only
  std::vector<GoldenChunk> chunks;
};

inline void PrintTo(const GoldenCase& golden, std::ostream* out) { *out << golden.name; }  // for gtest

ByteBuffer FromHex(std::string_view hex);

// All cases of `folder` except the aggregates; ends the process on a file it cannot read.
std::vector<GoldenCase> LoadGoldenChunks(const std::string& folder);

}  // namespace varve
