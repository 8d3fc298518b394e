#include "blocks/series_loader.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"
#include "tsdb/chunk_files.h"

namespace varve {
namespace {

constexpr size_t kCrcBytes = 4;
constexpr uint64_t kLengthBytesMax = 10;  // of a uvarint

uint64_t EndOfSeries(const IndexToc& toc) { return toc.label_indices != 0 ? toc.label_indices : toc.postings; }

// How many bytes the record at the beginning of `bytes` takes: length field, content, checksum.
uint64_t RecordBytes(Bytes bytes) {
  ByteReader reader(bytes);
  const uint64_t length = reader.Uvarint();
  if (!reader.ok()) return kLengthBytesMax + kCrcBytes;
  return length > UINT64_MAX / 2 ? UINT64_MAX / 2 : reader.position() + length + kCrcBytes;
}

}  // namespace

SeriesLoader::SeriesLoader(const FetchSource& source, Ulid id, const IndexHeader& header, uint64_t estimated_entry_bytes)
    : source_(source),
      header_(header),
      name_(BlockObjectName(id, kIndexFileName)),
      estimated_entry_bytes_(std::max<uint64_t>(estimated_entry_bytes, kSeriesAlignBytes)),
      section_end_(EndOfSeries(header.index_toc())),
      labels_(header.symbols()) {}

absl::StatusOr<std::vector<ByteRange>> SeriesLoader::PlanEntries(std::span<const SeriesRef> refs) const {
  std::vector<ByteRange> wanted;
  wanted.reserve(refs.size());
  for (size_t i = 0; i < refs.size(); ++i) {
    const uint64_t begin = uint64_t{refs[i]} * kSeriesAlignBytes;
    const uint64_t end = i + 1 < refs.size() ? uint64_t{refs[i + 1]} * kSeriesAlignBytes : section_end_;
    if (begin < header_.index_toc().series || begin >= end || end > section_end_) {
      return DataLoss("{}: postings name a series at offset {}, outside of the series section", name_, begin);
    }
    wanted.push_back({begin, std::min(end, begin + estimated_entry_bytes_)});
  }
  return wanted;
}

// Reads those entries again that are longer than what was fetched of them; longer_of[i] says where in `longer`, or -1.
absl::Status SeriesLoader::FetchLonger(const Context& ctx, std::span<const ByteRange> wanted, const FetchedRanges& fetched,
                                       FetchStats* stats, FetchedRanges& longer, std::vector<int>& longer_of) const {
  std::vector<ByteRange> again;
  longer_of.assign(wanted.size(), -1);
  for (size_t i = 0; i < wanted.size(); ++i) {
    const uint64_t record_bytes = RecordBytes(fetched.bytes(i));
    if (record_bytes <= fetched.bytes(i).size()) continue;
    const uint64_t room = section_end_ - wanted[i].begin;
    if (record_bytes > room || fetched.bytes(i).size() < wanted[i].size()) {
      return DataLoss("{}: the series entry at offset {} is {} bytes, only {} are left", name_, wanted[i].begin, record_bytes,
                      std::min<uint64_t>(room, fetched.bytes(i).size()));
    }
    longer_of[i] = static_cast<int>(again.size());
    again.push_back({wanted[i].begin, wanted[i].begin + record_bytes});
  }
  VARVE_ASSIGN_OR_RETURN(longer, FetchRanges(ctx, source_, name_, again, stats));
  return absl::OkStatus();
}

absl::Status SeriesLoader::Load(const Context& ctx, std::span<const SeriesRef> refs, QueryRange range, FetchStats* stats,
                                std::vector<SeriesChunks>& out) {
  VARVE_ASSIGN_OR_RETURN(const std::vector<ByteRange> wanted, PlanEntries(refs));
  VARVE_ASSIGN_OR_RETURN(const FetchedRanges fetched, FetchRanges(ctx, source_, name_, wanted, stats));
  FetchedRanges longer;
  std::vector<int> longer_of;
  VARVE_RETURN_IF_ERROR(FetchLonger(ctx, wanted, fetched, stats, longer, longer_of));
  for (size_t i = 0; i < wanted.size(); ++i) {
    const Bytes bytes = longer_of[i] < 0 ? fetched.bytes(i) : longer.bytes(static_cast<size_t>(longer_of[i]));
    VARVE_RETURN_IF_ERROR(Annotate(Decode(bytes, range, out), "{} at offset {}", name_, wanted[i].begin));
  }
  return absl::OkStatus();
}

absl::Status SeriesLoader::Decode(Bytes bytes, QueryRange range, std::vector<SeriesChunks>& out) {
  VARVE_ASSIGN_OR_RETURN(const Bytes entry, CheckedSeriesEntry(bytes));
  VARVE_RETURN_IF_ERROR(DecodeSeriesEntry(entry, entry_));
  const auto overlaps = [range](const ChunkMeta& chunk) {
    return chunk.min_time <= range.max_inclusive && chunk.max_time >= range.min;
  };
  const auto count = std::count_if(entry_.chunks.begin(), entry_.chunks.end(), overlaps);
  if (count == 0) return absl::OkStatus();
  VARVE_ASSIGN_OR_RETURN(Labels labels, labels_.Resolve(entry_.labels));
  std::vector<ChunkPlace> places;
  places.reserve(static_cast<size_t>(count));
  for (size_t i = 0; i < entry_.chunks.size(); ++i) {
    const ChunkMeta& chunk = entry_.chunks[i];
    if (!overlaps(chunk)) continue;
    const uint64_t next = i + 1 < entry_.chunks.size() ? entry_.chunks[i + 1].ref : ChunkPlace::kUnknown;
    const bool bounded = next > chunk.ref && ChunkRefSegment(next) == ChunkRefSegment(chunk.ref);
    places.push_back({chunk, bounded ? next : ChunkPlace::kUnknown});
  }
  out.push_back({.labels = std::move(labels), .chunks = std::move(places)});
  return absl::OkStatus();
}

}  // namespace varve
