#include "tsdb/undeleted_chunks.h"

#include "base/status_macros.h"
#include "tsdb/aggregate_windows.h"

namespace varve {
namespace {

absl::StatusOr<UndeletedChunks> EraseRaw(const DeletedIntervals& deleted, const ChunkView& chunk) {
  SeriesSamples samples;
  VARVE_RETURN_IF_ERROR(DecodeChunk(chunk.encoding, chunk.data, samples));
  const size_t before = samples.size();
  EraseDeleted(deleted, samples);
  UndeletedChunks left{.chunks = {}, .samples_deleted = before - samples.size()};
  VARVE_ASSIGN_OR_RETURN(left.chunks, EncodeSamples(samples));
  return left;
}

absl::StatusOr<UndeletedChunks> EraseWindows(const DeletedIntervals& deleted, const ChunkView& chunk) {
  VARVE_ASSIGN_OR_RETURN(AggregateWindows windows, AggregateWindows::Read(chunk));
  const size_t before = windows.size();
  windows.Erase(deleted);
  UndeletedChunks left{.chunks = {}, .samples_deleted = before - windows.size()};
  if (windows.size() == 0) return left;
  VARVE_ASSIGN_OR_RETURN(OwnedChunk encoded, windows.Encode());
  left.chunks.push_back(std::move(encoded));
  return left;
}

}  // namespace

absl::StatusOr<UndeletedChunks> EraseDeleted(const DeletedIntervals& deleted, const ChunkView& chunk) {
  return chunk.encoding == ChunkEncoding::kAggr ? EraseWindows(deleted, chunk) : EraseRaw(deleted, chunk);
}

}  // namespace varve
