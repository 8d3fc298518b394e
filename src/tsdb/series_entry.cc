#include "tsdb/series_entry.h"

#include <algorithm>
#include <limits>

#include "base/crc32c.h"
#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

uint32_t SymbolRef(ByteReader& reader, bool& fits) {
  const uint64_t ref = reader.Uvarint();
  fits &= ref <= std::numeric_limits<uint32_t>::max();
  return static_cast<uint32_t>(ref);
}

// Adds a distance to a time, modulo 2^64: in an index with chunks out of order the next chunk may be "later" by a negative time.
TimestampMs Plus(TimestampMs time, uint64_t by) { return static_cast<TimestampMs>(static_cast<uint64_t>(time) + by); }

// The same where the result must not be before `time`.
TimestampMs Later(TimestampMs time, uint64_t by, bool& fits) {
  const auto room = static_cast<uint64_t>(kMaxTimestamp) - static_cast<uint64_t>(time);
  fits &= by <= room;
  return Plus(time, by);
}

bool IsStrictlySorted(const std::vector<LabelView>& labels) {
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].value.empty() || (i > 0 && labels[i - 1].name >= labels[i].name)) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<Bytes> CheckedSeriesEntry(Bytes bytes) {
  ByteReader reader(bytes);
  const uint64_t length = reader.Uvarint();
  const Bytes entry = reader.Take(length);
  const uint32_t expected = reader.U32();
  if (!reader.ok()) return DataLoss("series entry of {} bytes goes past the end, {} are left", length, bytes.size());
  if (const uint32_t crc = Crc32c(entry); crc != expected) {
    return DataLoss("series entry: crc32c is {:08x}, expected {:08x}", crc, expected);
  }
  return entry;
}

absl::Status DecodeSeriesEntry(Bytes entry, SeriesEntry& out) {
  out.labels.clear();
  out.chunks.clear();
  ByteReader reader(entry);
  bool fits = true;
  const uint64_t label_count = reader.Uvarint();
  if (label_count > reader.remaining() / 2) return DataLoss("series entry: {} labels in {} bytes", label_count, entry.size());
  out.labels.resize(label_count);
  for (SymbolPair& label : out.labels) {
    label.name = SymbolRef(reader, fits);
    label.value = SymbolRef(reader, fits);
  }
  const uint64_t chunk_count = reader.Uvarint();
  if (chunk_count > reader.remaining() / 3) return DataLoss("series entry: {} chunks in {} bytes", chunk_count, entry.size());
  out.chunks.resize(chunk_count);
  size_t next = 0;
  TimestampMs time = 0;
  uint64_t ref = 0;
  const auto add = [&](uint64_t after, uint64_t duration, uint64_t ref_delta) {
    ChunkMeta& chunk = out.chunks[next++];
    chunk.min_time = Plus(time, after);
    time = chunk.max_time = Later(chunk.min_time, duration, fits);
    ref = chunk.ref = ref + static_cast<uint64_t>(FromZigzag(ref_delta));
  };
  if (chunk_count > 0) {  // the first is not told by its distance from one before it
    ChunkMeta& first = out.chunks[next++];
    first.min_time = reader.Varint();
    time = first.max_time = Later(first.min_time, reader.Uvarint(), fits);
    ref = first.ref = reader.Uvarint();
  }
  while (next < chunk_count) {
    if (reader.UvarintTriples(chunk_count - next, add) > 0) continue;
    const uint64_t after = reader.Uvarint(), duration = reader.Uvarint();
    add(after, duration, reader.Uvarint());
  }
  if (!reader.ok())
    return DataLoss("series entry: {} labels and {} chunks go past its {} bytes", label_count, chunk_count, entry.size());
  if (!fits) return DataLoss("series entry: a symbol or a time is out of bounds");
  return absl::OkStatus();
}

void EncodeSeriesEntry(const SeriesEntry& entry, ByteWriter& out) {
  out.Uvarint(entry.labels.size());
  for (const SymbolPair& label : entry.labels) {
    out.Uvarint(label.name);
    out.Uvarint(label.value);
  }
  out.Uvarint(entry.chunks.size());
  const ChunkMeta* before = nullptr;
  for (const ChunkMeta& chunk : entry.chunks) {
    if (before == nullptr) {
      out.Varint(chunk.min_time);
    } else {
      out.Uvarint(static_cast<uint64_t>(chunk.min_time) - static_cast<uint64_t>(before->max_time));
    }
    out.Uvarint(static_cast<uint64_t>(chunk.max_time) - static_cast<uint64_t>(chunk.min_time));
    if (before == nullptr) {
      out.Uvarint(chunk.ref);
    } else {
      out.Varint(static_cast<int64_t>(chunk.ref - before->ref));
    }
    before = &chunk;
  }
}

absl::Status CheckChunkOrder(std::span<const ChunkMeta> chunks, uint64_t last_ref) {
  for (size_t i = 0; i < chunks.size(); ++i) {
    const ChunkMeta& chunk = chunks[i];
    if (chunk.ref < last_ref) return InvalidArgument("chunk ref {} behind {}", chunk.ref, last_ref);
    last_ref = chunk.ref;
    if (chunk.max_time < chunk.min_time) return InvalidArgument("a chunk from {} to {}", chunk.min_time, chunk.max_time);
    if (i > 0 && chunk.min_time <= chunks[i - 1].max_time) {
      return InvalidArgument("a chunk from {} behind one to {}", chunk.min_time, chunks[i - 1].max_time);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Labels> LabelResolver::Resolve(const std::vector<SymbolPair>& labels) {
  views_.resize(labels.size());
  for (size_t i = 0; i < labels.size(); ++i) {
    VARVE_ASSIGN_OR_RETURN(views_[i].name, cache_.Lookup(labels[i].name));
    VARVE_ASSIGN_OR_RETURN(views_[i].value, cache_.Lookup(labels[i].value));
  }
  if (IsStrictlySorted(views_)) return Labels::FromSorted(views_);
  return Labels(views_);
}

}  // namespace varve
