#include "blocks/series_loader.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"
#include "blocks/index_cache.h"
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

SeriesLoader::SeriesLoader(const FetchSource& source, Ulid id, const IndexHeader& header, const Tombstones* tombstones,
                           uint64_t estimated_entry_bytes)
    : source_(source),
      header_(header),
      tombstones_(tombstones),
      id_(id),
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

absl::StatusOr<std::vector<Bytes>> SeriesLoader::Fetch(const Context& ctx, std::span<const ByteRange> wanted, FetchStats* stats,
                                                       std::vector<FetchedRanges>& fetched) const {
  VARVE_ASSIGN_OR_RETURN(FetchedRanges first, FetchRanges(ctx, source_, name_, wanted, stats));
  std::vector<Bytes> entries(wanted.size());
  std::vector<ByteRange> again;  // those that are longer than what was fetched of them
  std::vector<size_t> again_of;
  for (size_t i = 0; i < wanted.size(); ++i) {
    entries[i] = first.bytes(i);
    const uint64_t record_bytes = RecordBytes(entries[i]);
    if (record_bytes <= entries[i].size()) {
      entries[i] = entries[i].first(record_bytes);
      continue;
    }
    const uint64_t room = section_end_ - wanted[i].begin;
    if (record_bytes > room || entries[i].size() < wanted[i].size()) {
      return DataLoss("{}: the series entry at offset {} is {} bytes, only {} are left", name_, wanted[i].begin, record_bytes,
                      std::min<uint64_t>(room, entries[i].size()));
    }
    again.push_back({wanted[i].begin, wanted[i].begin + record_bytes});
    again_of.push_back(i);
  }
  VARVE_ASSIGN_OR_RETURN(FetchedRanges longer, FetchRanges(ctx, source_, name_, again, stats));
  for (size_t i = 0; i < again.size(); ++i) entries[again_of[i]] = longer.bytes(i);
  fetched.push_back(std::move(first));
  fetched.push_back(std::move(longer));
  return entries;
}

absl::Status SeriesLoader::Load(const Context& ctx, std::span<const SeriesRef> refs, QueryRange range, const Matchers& matchers,
                                FetchStats* stats, std::vector<SeriesChunks>& out) {
  VARVE_ASSIGN_OR_RETURN(std::vector<ByteRange> wanted, PlanEntries(refs));
  std::vector<Blob> cached(refs.size());
  if (source_.index_cache != nullptr) cached = source_.index_cache->GetSeries(ctx, id_, refs);
  std::vector<ByteRange> missing;
  for (size_t i = 0; i < refs.size(); ++i) {
    if (!CheckedSeriesEntry(cached[i].bytes()).ok()) cached[i] = Blob();  // a cache may say anything
    if (cached[i].empty()) missing.push_back(wanted[i]);
  }
  std::vector<FetchedRanges> fetched;
  VARVE_ASSIGN_OR_RETURN(const std::vector<Bytes> entries, Fetch(ctx, missing, stats, fetched));
  size_t next = 0;
  for (size_t i = 0; i < refs.size(); ++i) {
    const bool is_cached = !cached[i].empty();
    const Bytes bytes = is_cached ? cached[i].bytes() : entries[next++];
    absl::Status decoded = Decode(refs[i], bytes, range, matchers, out);
    if (is_cached && !decoded.ok()) {
      VARVE_ASSIGN_OR_RETURN(const std::vector<Bytes> read, Fetch(ctx, {&wanted[i], 1}, stats, fetched));
      decoded = Decode(refs[i], read[0], range, matchers, out);
    }
    VARVE_RETURN_IF_ERROR(Annotate(decoded, "{} at offset {}", name_, wanted[i].begin));
    if (!is_cached && source_.index_cache != nullptr) source_.index_cache->PutSeries(id_, refs[i], bytes);
  }
  return absl::OkStatus();
}

absl::Status SeriesLoader::Decode(SeriesRef ref, Bytes bytes, QueryRange range, const Matchers& matchers,
                                  std::vector<SeriesChunks>& out) {
  VARVE_ASSIGN_OR_RETURN(const Bytes entry, CheckedSeriesEntry(bytes));
  VARVE_RETURN_IF_ERROR(DecodeSeriesEntry(entry, entry_));
  static const DeletedIntervals kNone;
  const DeletedIntervals& deleted = tombstones_ != nullptr ? tombstones_->Of(ref) : kNone;
  const auto is_wanted = [range, &deleted](const ChunkMeta& chunk) {
    return chunk.min_time <= range.max_inclusive && chunk.max_time >= range.min &&
           (deleted.empty() || !CoversAll(deleted, {chunk.min_time, chunk.max_time}));
  };
  const auto count = std::count_if(entry_.chunks.begin(), entry_.chunks.end(), is_wanted);
  if (count == 0) return absl::OkStatus();
  VARVE_ASSIGN_OR_RETURN(Labels labels, labels_.Resolve(entry_.labels));
  if (!MatchesAll(matchers, labels)) return absl::OkStatus();
  decltype(SeriesChunks::chunks) places;
  places.reserve(static_cast<size_t>(count));
  for (size_t i = 0; i < entry_.chunks.size(); ++i) {
    const ChunkMeta& chunk = entry_.chunks[i];
    if (!is_wanted(chunk)) continue;
    if (!deleted.empty() && CoversSome(deleted, {chunk.min_time, chunk.max_time})) deleted_.emplace(chunk.ref, &deleted);
    const uint64_t next = i + 1 < entry_.chunks.size() ? entry_.chunks[i + 1].ref : ChunkPlace::kUnknown;
    const bool bounded = next > chunk.ref && ChunkRefSegment(next) == ChunkRefSegment(chunk.ref);
    places.push_back({chunk, bounded ? next : ChunkPlace::kUnknown});
  }
  out.push_back({.labels = std::move(labels), .chunks = std::move(places)});
  return absl::OkStatus();
}

}  // namespace varve
