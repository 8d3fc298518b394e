// bench_downsample BLOCK OUTPUT [RUNS]: how fast a block is downsampled to 5 m and 1 h in one pass, against decoding its chunks and
// nothing else, on one thread. Leaves the blocks of the last run in OUTPUT.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/status_macros.h"
#include "blocks/downsample/downsample_block.h"

namespace varve::bench {
namespace {

using Seconds = std::chrono::duration<double>;

absl::StatusOr<uint64_t> DecodeAll(const std::shared_ptr<const BlockReader>& block) {
  const auto set = BlockReader::Select(block, {}, {}, {});
  SeriesSamples samples;
  uint64_t count = 0;
  while (set->Next()) {
    for (const ChunkView& chunk : set->At().chunks) {
      samples.Clear();
      VARVE_RETURN_IF_ERROR(DecodeChunk(chunk.encoding, chunk.data, samples));
      count += samples.size();
    }
  }
  VARVE_RETURN_IF_ERROR(set->status());
  return count;
}

absl::Status Run(const std::string& input, const std::string& output, int runs) {
  VARVE_ASSIGN_OR_RETURN(const std::shared_ptr<const BlockReader> block, BlockReader::Open(RealFiles(), input));
  double decoded = 0, downsampled = 0;  // samples a second, the best run
  for (int run = 0; run < runs; ++run) {
    auto start = std::chrono::steady_clock::now();
    VARVE_ASSIGN_OR_RETURN(const uint64_t samples, DecodeAll(block));
    decoded = std::max(decoded, static_cast<double>(samples) / Seconds(std::chrono::steady_clock::now() - start).count());
    VARVE_RETURN_IF_ERROR(RealFiles().RemoveTree(output));
    VARVE_RETURN_IF_ERROR(RealFiles().MakeDirectories(output));
    start = std::chrono::steady_clock::now();
    VARVE_ASSIGN_OR_RETURN(const std::vector<BlockMeta> made,
                           DownsampleBlock({}, RealFiles(), block, std::vector{kFiveMinutesMs, kOneHourMs}, output));
    downsampled = std::max(downsampled, static_cast<double>(samples) / Seconds(std::chrono::steady_clock::now() - start).count());
    if (run > 0) continue;
    fmt::print("{} series, {} samples, {} bytes\n", block->meta().stats.series, samples, block->file_bytes());
    for (const BlockMeta& meta : made) {
      VARVE_ASSIGN_OR_RETURN(const auto result, BlockReader::Open(RealFiles(), JoinPath(output, meta.id.ToString())));
      fmt::print("  {:>4} s: {} windows, {} bytes\n", meta.thanos->resolution_ms / 1000, meta.stats.samples,
                 result->file_bytes());
    }
  }
  fmt::print("decoding only     {:7.1f} M samples/s/core\n", decoded / 1e6);
  fmt::print("to 5 m and 1 h    {:7.1f} M samples/s/core, {:.0f} % of that\n", downsampled / 1e6, 100 * downsampled / decoded);
  return absl::OkStatus();
}

}  // namespace
}  // namespace varve::bench

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: {} BLOCK OUTPUT [RUNS]\n", argv[0]);
    return 2;
  }
  const absl::Status status = varve::bench::Run(argv[1], argv[2], argc > 3 ? std::atoi(argv[3]) : 3);
  if (!status.ok()) fmt::print(stderr, "bench_downsample: {}\n", std::string(status.message()));
  return status.ok() ? 0 : 1;
}
