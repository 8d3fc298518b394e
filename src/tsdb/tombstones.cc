#include "tsdb/tombstones.h"

#include <algorithm>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "base/crc32c.h"
#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

constexpr uint32_t kMagic = 0x0130BA30;
constexpr uint8_t kVersion = 1;
constexpr size_t kHeaderBytes = 5;
constexpr size_t kCrcBytes = 4;

// Sorts intervals and joins those that overlap or touch.
void Normalise(DeletedIntervals& intervals) {
  std::ranges::sort(intervals, {}, &QueryRange::min);
  size_t out = 0;
  for (size_t i = 1; i < intervals.size(); ++i) {
    QueryRange& last = intervals[out];
    const bool touches = last.max_inclusive == kMaxTimestamp || intervals[i].min <= last.max_inclusive + 1;
    if (touches) {
      last.max_inclusive = std::max(last.max_inclusive, intervals[i].max_inclusive);
    } else {
      intervals[++out] = intervals[i];
    }
  }
  if (!intervals.empty()) intervals.resize(out + 1);
}

// The first interval that ends at or after `time`.
auto FirstEndingFrom(const DeletedIntervals& deleted, TimestampMs time) {
  return std::ranges::lower_bound(deleted, time, {}, &QueryRange::max_inclusive);
}

template <typename Columns>
void EraseDeletedColumns(const DeletedIntervals& deleted, Columns& columns) {
  size_t out = 0;
  auto interval = deleted.begin();
  for (size_t i = 0; i < columns.size(); ++i) {
    while (interval != deleted.end() && interval->max_inclusive < columns.times[i]) ++interval;
    if (interval != deleted.end() && interval->min <= columns.times[i]) continue;
    if (out != i) {
      columns.times[out] = columns.times[i];
      columns.values[out] = std::move(columns.values[i]);
      if (!columns.start_times.empty()) columns.start_times[out] = columns.start_times[i];
    }
    ++out;
  }
  columns.times.resize(out);
  columns.values.resize(out);
  if (!columns.start_times.empty()) columns.start_times.resize(out);
}

}  // namespace

absl::StatusOr<Tombstones> Tombstones::Parse(Bytes file) {
  if (file.size() < kHeaderBytes + kCrcBytes) return DataLoss("tombstones: {} bytes are too few", file.size());
  ByteReader header(file);
  if (const uint32_t magic = header.U32(); magic != kMagic) {
    return DataLoss("tombstones: magic number is {:08x}, expected {:08x}", magic, kMagic);
  }
  if (const uint8_t version = header.U8(); version != kVersion) {
    return Unimplemented("unknown tombstones version: {} (Varve reads version 1)", version);
  }
  const Bytes stones = file.subspan(kHeaderBytes, file.size() - kHeaderBytes - kCrcBytes);
  const uint32_t expected = ByteReader(file.last(kCrcBytes)).U32();
  if (const uint32_t crc = Crc32c(stones); crc != expected) {
    return DataLoss("tombstones: crc32c is {:08x}, expected {:08x}", crc, expected);
  }
  Tombstones tombstones;
  ByteReader reader(stones);
  while (!reader.empty()) {
    const size_t offset = kHeaderBytes + reader.position();
    const uint64_t ref = reader.Uvarint();
    const TimestampMs min = reader.Varint();
    const TimestampMs max = reader.Varint();
    if (!reader.ok()) return DataLoss("tombstones: entry at offset {} goes past the end", offset);
    if (min <= max) tombstones.by_series_[ref].push_back({min, max});  // an interval that ends before it begins deletes nothing
  }
  for (auto& [ref, intervals] : tombstones.by_series_) Normalise(intervals);
  return tombstones;
}

ByteBuffer Tombstones::Encode() const {
  ByteWriter out;
  out.U32(kMagic);
  out.U8(kVersion);
  for (const auto& [ref, intervals] : by_series_) {
    for (const QueryRange& interval : intervals) {
      out.Uvarint(ref);
      out.Varint(interval.min);
      out.Varint(interval.max_inclusive);
    }
  }
  out.U32(Crc32c(out.bytes().subspan(kHeaderBytes)));
  return out.Release();
}

absl::StatusOr<Tombstones> Tombstones::Read(Files& files, const std::string& directory) {
  const absl::StatusOr<std::string> file = files.ReadAll(JoinPath(directory, kTombstonesFileName));
  if (absl::IsNotFound(file.status())) return Tombstones();
  if (!file.ok()) return file.status();
  return Parse(AsBytes(*file));
}

absl::Status Tombstones::Write(Files& files, const std::string& directory) const {
  return files.WriteAtomically(JoinPath(directory, kTombstonesFileName), Encode());
}

void Tombstones::Add(uint64_t series_ref, QueryRange interval) {
  if (interval.min > interval.max_inclusive) return;
  DeletedIntervals& intervals = by_series_[series_ref];
  intervals.push_back(interval);
  Normalise(intervals);
}

const DeletedIntervals& Tombstones::Of(uint64_t series_ref) const {
  static const DeletedIntervals& none = *new DeletedIntervals;
  const auto found = by_series_.find(series_ref);
  return found == by_series_.end() ? none : found->second;
}

uint64_t Tombstones::interval_count() const {
  uint64_t count = 0;
  for (const auto& [ref, intervals] : by_series_) count += intervals.size();
  return count;
}

bool CoversAll(const DeletedIntervals& deleted, QueryRange range) {
  const auto first = FirstEndingFrom(deleted, range.max_inclusive);
  return first != deleted.end() && first->min <= range.min;
}

bool CoversSome(const DeletedIntervals& deleted, QueryRange range) {
  const auto first = FirstEndingFrom(deleted, range.min);
  return first != deleted.end() && first->min <= range.max_inclusive;
}

void EraseDeleted(const DeletedIntervals& deleted, SeriesSamples& samples) {
  EraseDeletedColumns(deleted, samples.floats);
  EraseDeletedColumns(deleted, samples.histograms);
}

}  // namespace varve
