#include "blocks/chunk_loader.h"

#include <algorithm>

#include "base/byte_reader.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"
#include "tsdb/chunk_files.h"
#include "tsdb/undeleted_chunks.h"

namespace varve {
namespace {

constexpr uint64_t kRecordBytesMin = 1 + 1 + 4;  // length, encoding, checksum
constexpr size_t kPrefetchAhead = 16;
constexpr uint64_t kRecordBytesMax = uint64_t{1} << 28;  // far above any chunk there is; a longer one is damage

// How many bytes the chunk at the beginning of `bytes` takes in its segment.
uint64_t RecordBytes(Bytes bytes) {
  ByteReader reader(bytes);
  const uint64_t length = reader.Uvarint();
  if (!reader.ok()) return 10 + kRecordBytesMin;
  return length > kRecordBytesMax ? length : reader.position() + 1 + length + 4;
}

std::string_view AggregateName(Aggregate aggregate) {
  static constexpr std::string_view kNames[] = {"raw", "count", "sum", "min", "max", "counter"};
  return kNames[static_cast<size_t>(aggregate)];
}

}  // namespace

absl::StatusOr<std::vector<ChunkSeries>> ChunkLoader::Load(const Context& ctx, std::span<SeriesChunks> series,
                                                           const DeletedOfChunks& deleted, FetchStats* stats,
                                                           uint64_t& held_bytes) const {
  std::vector<Wanted> wanted;
  for (const SeriesChunks& one : series) {
    for (const ChunkPlace& place : one.chunks) wanted.push_back({place.ref, BytesOf(place), wanted.size()});
  }
  const auto before = [](const Wanted& a, const Wanted& b) { return a.ref < b.ref; };
  if (!std::is_sorted(wanted.begin(), wanted.end(), before)) std::sort(wanted.begin(), wanted.end(), before);

  std::vector<Loaded> loaded(wanted.size());
  std::atomic<uint64_t> held = 0;
  TaskGroup group(ctx, source_.executor, {.parallel_max = source_.parallel_max});
  for (size_t begin = 0, end; begin < wanted.size(); begin = end) {
    const uint32_t segment = ChunkRefSegment(wanted[begin].ref);
    for (end = begin + 1; end < wanted.size() && ChunkRefSegment(wanted[end].ref) == segment;) ++end;
    const std::span<const Wanted> part = std::span(wanted).subspan(begin, end - begin);
    const auto load = [&, part](const Context& task_ctx) { return LoadSegment(task_ctx, part, loaded, stats, held); };
    if (end == wanted.size()) {  // the last, often the only one, needs no other thread
      VARVE_RETURN_IF_ERROR(load(ctx));
    } else {
      group.Run(load);
    }
  }
  VARVE_RETURN_IF_ERROR(group.Wait());
  held_bytes = held;

  std::vector<ChunkSeries> out(series.size());
  const Loaded* next = loaded.data();
  for (size_t s = 0; s < series.size(); ++s) {
    out[s].labels = std::move(series[s].labels);
    out[s].chunks.reserve(series[s].chunks.size());
    for (const ChunkPlace& place : series[s].chunks) {
      if (absl::Status added = Add(place, *next++, deleted, out[s]); !added.ok()) {
        return Annotate(added, "{} at offset {}", SegmentObjectName(id_, ChunkRefSegment(place.ref)), ChunkRefOffset(place.ref));
      }
    }
  }
  return out;
}

// More than expected is read only when it is asked for again.
uint64_t ChunkLoader::BytesOf(const ChunkPlace& place) const {
  const uint64_t bytes_max = std::max(estimated_chunk_bytes_, kRecordBytesMin);
  return place.end_ref == ChunkPlace::kUnknown ? bytes_max : std::clamp(place.end_ref - place.ref, kRecordBytesMin, bytes_max);
}

uint64_t ChunkLoader::Estimate(const SeriesChunks& series, uint64_t& end) const {
  uint64_t bytes = 0;
  for (const ChunkPlace& place : series.chunks) {
    const uint64_t gap = place.ref > end ? place.ref - end : 0;
    if (source_.cost.is_remote && end != 0 && gap <= source_.cost.gap_bytes_max) bytes += gap;
    bytes += BytesOf(place);
    end = place.ref + BytesOf(place);
  }
  return bytes;
}

absl::Status ChunkLoader::LoadSegment(const Context& ctx, std::span<const Wanted> wanted, std::span<Loaded> loaded,
                                      FetchStats* stats, std::atomic<uint64_t>& held_bytes) const {
  const std::string name = SegmentObjectName(id_, ChunkRefSegment(wanted[0].ref));
  std::vector<ByteRange> ranges(wanted.size());
  uint64_t next = UINT64_MAX;  // where the chunk behind this one begins
  for (size_t i = wanted.size(); i-- > 0;) {
    const uint64_t begin = ChunkRefOffset(wanted[i].ref);
    if (i + 1 < wanted.size() && wanted[i + 1].ref != wanted[i].ref) next = ChunkRefOffset(wanted[i + 1].ref);
    ranges[i] = {begin, std::min(next, begin + wanted[i].bytes)};
  }
  VARVE_ASSIGN_OR_RETURN(const FetchedRanges fetched, FetchRanges(ctx, source_, name, ranges, stats));
  std::vector<Again> again;
  Take(wanted, fetched, ranges, loaded, again);
  std::vector<ByteRange> ranges_again;
  for (const Again& one : again) {
    if (one.damaged) source_.bucket.Distrust(ctx, name, one.range.begin, one.range.size());
    ranges_again.push_back(one.range);
  }
  VARVE_ASSIGN_OR_RETURN(const FetchedRanges longer, FetchRanges(ctx, source_, name, ranges_again, stats));
  for (size_t i = 0; i < again.size(); ++i) {
    absl::StatusOr<EncodedChunk> chunk = ParseChunkRecord(longer.bytes(i));
    if (!chunk.ok()) return Annotate(chunk.status(), "{} at offset {}", name, again[i].range.begin);
    loaded[again[i].position] = {.chunk = *chunk, .owner = longer.owner(i)};
  }
  held_bytes += fetched.held_bytes() + longer.held_bytes();
  return absl::OkStatus();
}

void ChunkLoader::Take(std::span<const Wanted> wanted, const FetchedRanges& fetched, std::span<const ByteRange> ranges,
                       std::span<Loaded> loaded, std::vector<Again>& again) {
  for (size_t i = 0; i < wanted.size(); ++i) {
    // Mapped chunks are met here for the first time.
    if (i + kPrefetchAhead < wanted.size()) __builtin_prefetch(fetched.bytes(i + kPrefetchAhead).data());
    const Bytes bytes = fetched.bytes(i);
    const uint64_t record_bytes = RecordBytes(bytes);
    const bool is_longer = record_bytes > bytes.size() && record_bytes <= kRecordBytesMax && bytes.size() == ranges[i].size();
    if (is_longer) {
      again.push_back({{ranges[i].begin, ranges[i].begin + record_bytes}, wanted[i].position, false});
      continue;
    }
    const absl::StatusOr<EncodedChunk> chunk = ParseChunkRecord(bytes);
    if (chunk.ok()) {
      loaded[wanted[i].position] = {.chunk = *chunk, .owner = fetched.owner(i)};
    } else {
      again.push_back({ranges[i], wanted[i].position, true});
    }
  }
}

absl::Status ChunkLoader::Add(const ChunkMeta& meta, const Loaded& loaded, const DeletedOfChunks& deleted,
                              ChunkSeries& out) const {
  const EncodedChunk& chunk = loaded.chunk;
  const ChunkView view = {.min_time = meta.min_time, .max_time = meta.max_time, .encoding = chunk.encoding, .data = chunk.data};
  const auto found = deleted.empty() ? deleted.end() : deleted.find(meta.ref);
  if (found == deleted.end()) {
    if (out.owners.empty() || out.owners.back() != loaded.owner) out.owners.push_back(loaded.owner);
    return AddView(view, out);
  }
  VARVE_ASSIGN_OR_RETURN(UndeletedChunks left, EraseDeleted(*found->second, view));
  const auto owned = std::make_shared<const std::vector<OwnedChunk>>(std::move(left.chunks));
  out.owners.push_back(owned);
  for (const OwnedChunk& part : *owned) VARVE_RETURN_IF_ERROR(AddView(part.view(), out));
  return absl::OkStatus();
}

absl::Status ChunkLoader::AddView(ChunkView view, ChunkSeries& out) const {
  if (view.encoding != ChunkEncoding::kAggr) {
    out.chunks.push_back(view);
    return absl::OkStatus();
  }
  VARVE_ASSIGN_OR_RETURN(const AggrChunkParts parts, ParseAggrChunk(view.data));
  for (const Aggregate aggregate : aggregates_) {
    if (aggregate == Aggregate::kRaw) continue;  // a downsampled chunk has no raw samples
    const AggrChunkParts::Part& part = parts.of(aggregate);
    if (part.encoding == ChunkEncoding::kNone) {
      return FailedPrecondition("the downsampled chunk has no aggregate {:?}", AggregateName(aggregate));
    }
    view.encoding = part.encoding;
    view.aggregate = aggregate;
    view.data = part.data;
    out.chunks.push_back(view);
  }
  return absl::OkStatus();
}

}  // namespace varve
