#include "tsdb/postings_writer.h"

#include <algorithm>
#include <limits>

#include "base/byte_reader.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

uint64_t Key(uint32_t name, uint32_t value) { return uint64_t{name} << 32 | value; }

// Calls visit(ref, ByteReader over the entry) for each entry of a series section we have just written.
template <typename Visit>
void ForEachSeries(Bytes series, uint64_t series_begin, Visit visit) {
  ByteReader reader(series);
  while (!reader.empty()) {
    const uint64_t offset = series_begin + reader.position();
    reader.Skip((kSeriesAlignBytes - offset % kSeriesAlignBytes) % kSeriesAlignBytes);
    const auto ref = static_cast<SeriesRef>((series_begin + reader.position()) / kSeriesAlignBytes);
    const Bytes entry = reader.Take(reader.Uvarint());
    reader.U32();  // crc32c
    visit(ref, ByteReader(entry));
  }
  VARVE_CHECK(reader.ok());
}

}  // namespace

void PostingsWriter::Count(std::span<const SymbolPair> labels) {
  for (const SymbolPair& label : labels) ++counts_[Key(label.name, label.value)];
}

std::vector<PostingsWriter::Pair> PostingsWriter::SortedPairs() const {
  std::vector<Pair> pairs;
  pairs.reserve(counts_.size());
  for (const auto& [key, count] : counts_) pairs.push_back({key, count});
  std::ranges::sort(pairs, {}, &Pair::key);
  return pairs;
}

absl::Status PostingsWriter::WriteLists(std::span<const std::string_view> symbols, Bytes series, uint64_t series_begin,
                                        OutputFile& index) {
  VARVE_RETURN_IF_ERROR(WriteAllSeries(series, series_begin, index));
  const std::vector<Pair> pairs = SortedPairs();
  counts_ = {};
  for (size_t begin = 0; begin < pairs.size();) {
    size_t end = begin;
    size_t refs = 0;
    do {
      refs += pairs[end++].count;
    } while (end < pairs.size() && refs + pairs[end].count <= refs_per_pass_max_);
    const std::span<const Pair> pass = std::span(pairs).subspan(begin, end - begin);
    VARVE_RETURN_IF_ERROR(WritePass(symbols, pass, series, series_begin, index));
    begin = end;
  }
  return absl::OkStatus();
}

absl::Status PostingsWriter::WriteAllSeries(Bytes series, uint64_t series_begin, OutputFile& index) {
  std::vector<SeriesRef> refs;
  ForEachSeries(series, series_begin, [&](SeriesRef ref, ByteReader) { refs.push_back(ref); });
  return WriteList("", "", refs, index);
}

absl::Status PostingsWriter::WritePass(std::span<const std::string_view> symbols, std::span<const Pair> pairs, Bytes series,
                                       uint64_t series_begin, OutputFile& index) {
  absl::flat_hash_map<uint64_t, size_t> next;  // where the next ref of a pair goes
  size_t total = 0;
  for (const Pair& pair : pairs) {
    next[pair.key] = total;
    total += pair.count;
  }
  std::vector<SeriesRef> refs(total);
  ForEachSeries(series, series_begin, [&](SeriesRef ref, ByteReader entry) {
    for (uint64_t labels = entry.Uvarint(); labels > 0; --labels) {
      const auto name = static_cast<uint32_t>(entry.Uvarint());
      const auto value = static_cast<uint32_t>(entry.Uvarint());
      if (const auto found = next.find(Key(name, value)); found != next.end()) refs[found->second++] = ref;
    }
  });
  size_t begin = 0;
  for (const Pair& pair : pairs) {
    const std::string_view name = symbols[pair.key >> 32];
    const std::string_view value = symbols[static_cast<uint32_t>(pair.key)];
    VARVE_RETURN_IF_ERROR(WriteList(name, value, std::span(refs).subspan(begin, pair.count), index));
    begin += pair.count;
  }
  return absl::OkStatus();
}

absl::Status PostingsWriter::WriteList(std::string_view name, std::string_view value, std::span<const SeriesRef> refs,
                                       OutputFile& index) {
  VARVE_RETURN_IF_ERROR(index.PadTo(4));
  offset_entries_.Uvarint(2);
  offset_entries_.UvarintText(name);
  offset_entries_.UvarintText(value);
  offset_entries_.Uvarint(index.size());
  ++list_count_;

  if (refs.size() > std::numeric_limits<uint32_t>::max() / sizeof(SeriesRef) - 1) {
    return ResourceExhausted("postings list of {}={}: {} series are more than the index format can hold", name, value,
                             refs.size());
  }
  buffer_.Clear();
  buffer_.U32(static_cast<uint32_t>(4 + refs.size() * sizeof(SeriesRef)));
  buffer_.U32(static_cast<uint32_t>(refs.size()));
  for (const SeriesRef ref : refs) buffer_.U32(ref);
  buffer_.U32(Crc32c(buffer_.bytes().subspan(4)));
  return index.Append(buffer_.bytes());
}

absl::Status PostingsWriter::WriteOffsetTable(OutputFile& index) {
  const uint64_t length = 4 + offset_entries_.size();
  if (length > std::numeric_limits<uint32_t>::max()) {
    return ResourceExhausted("postings offset table: {} bytes are more than the index format can hold", length);
  }
  ByteWriter head;
  head.U32(static_cast<uint32_t>(length));
  head.U32(list_count_);
  ByteWriter tail;
  tail.U32(Crc32c(offset_entries_.bytes(), Crc32c(head.bytes().subspan(4))));
  VARVE_RETURN_IF_ERROR(index.Append(head.bytes()));
  VARVE_RETURN_IF_ERROR(index.Append(offset_entries_.bytes()));
  return index.Append(tail.bytes());
}

}  // namespace varve
