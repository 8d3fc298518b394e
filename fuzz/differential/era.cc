#include "differential/era.h"

#include "base/status_macros.h"
#include "runtime/files.h"
#include "tsdb/block_writer.h"
#include "tsdb/encode_samples.h"

namespace varve::promql {
namespace {

absl::Status WriteBlock(const std::string& directory, const SeriesMap& series, TimestampMs start) {
  constexpr int64_t kBlockMs = 7'200'000;
  BlockWriterOptions options{.id = Ulid::New(), .range = BlockRange{start, start + kBlockMs}, .compaction = {}, .thanos = {}};
  VARVE_ASSIGN_OR_RETURN(const auto writer, BlockWriter::Create(RealFiles(), directory, std::move(options)));
  for (const auto& [labels, samples] : series) {
    VARVE_ASSIGN_OR_RETURN(const std::vector<OwnedChunk> chunks, EncodeSamples(samples));
    const std::vector<ChunkView> views = [&] {
      std::vector<ChunkView> all;
      for (const OwnedChunk& chunk : chunks) all.push_back(chunk.view());
      return all;
    }();
    VARVE_RETURN_IF_ERROR(writer->AddSeries(labels, views));
  }
  return writer->Finish().status();
}

}  // namespace

SeriesMap SeriesOfEra(uint64_t seed, size_t era, bool modern) {
  return RandomSeries(seed + era, {.start = EraStart(era), .modern = modern, .between_seconds = !modern});
}

absl::Status WriteEras(const std::string& directory, uint64_t seed, size_t eras, bool modern) {
  VARVE_RETURN_IF_ERROR(RealFiles().MakeDirectories(directory));
  for (size_t era = 0; era < eras; ++era) {
    VARVE_RETURN_IF_ERROR(WriteBlock(directory, SeriesOfEra(seed, era, modern), EraStart(era)));
  }
  return absl::OkStatus();
}

}  // namespace varve::promql
