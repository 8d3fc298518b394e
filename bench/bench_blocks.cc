// bench_blocks DIRECTORY SERIES END_MS HOURS: writes DIRECTORY/floats/<ULID>, and DIRECTORY/native/<ULID> with a hundredth as many
// native histograms, which not every peer can read.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/status_macros.h"
#include "fleet.h"

#include "tsdb/block_writer.h"
#include "tsdb/encode_samples.h"

namespace varve::bench {
namespace {

constexpr uint32_t kSeriesPerInstance = 100;

absl::Status WriteBlock(const std::string& directory, const std::vector<FleetSeries>& series, BlockRange range) {
  VARVE_RETURN_IF_ERROR(RealFiles().MakeDirectories(directory));
  VARVE_ASSIGN_OR_RETURN(const auto writer, BlockWriter::Create(RealFiles(), directory, {.id = Ulid::New(), .range = range}));
  SeriesSamples samples;
  for (const FleetSeries& one : series) {
    Generate(one, range.min, range.max_exclusive, samples);
    VARVE_ASSIGN_OR_RETURN(const std::vector<OwnedChunk> chunks, EncodeSamples(samples));
    std::vector<ChunkView> views;
    views.reserve(chunks.size());
    for (const OwnedChunk& chunk : chunks) views.push_back(chunk.view());
    VARVE_RETURN_IF_ERROR(writer->AddSeries(one.labels, views));
  }
  VARVE_ASSIGN_OR_RETURN(const BlockMeta meta, writer->Finish());
  fmt::print("{}/{}: {} series, {} samples\n", directory, meta.id.ToString(), meta.stats.series, meta.stats.samples);
  return absl::OkStatus();
}

absl::Status Run(const std::string& directory, uint32_t series, TimestampMs end, int64_t hours) {
  const BlockRange range = {.min = end - hours * 3'600'000, .max_exclusive = end};
  const uint32_t instances = std::max<uint32_t>(1, series / kSeriesPerInstance);
  VARVE_RETURN_IF_ERROR(WriteBlock(directory + "/floats", FloatSeries(instances), range));
  return WriteBlock(directory + "/native", NativeSeries(instances), range);
}

}  // namespace
}  // namespace varve::bench

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: {} DIRECTORY SERIES END_MS HOURS\n", argv[0]);
    return 2;
  }
  const absl::Status status =
      varve::bench::Run(argv[1], static_cast<uint32_t>(std::atoll(argv[2])), std::atoll(argv[3]), std::atoll(argv[4]));
  if (!status.ok()) fmt::print(stderr, "bench_blocks: {}\n", std::string(status.message()));
  return status.ok() ? 0 : 1;
}
