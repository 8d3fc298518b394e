#include "tsdb/postings_offset_table.h"

#include <algorithm>
#include <bit>

#include "base/errors.h"
#include "base/status_macros.h"
#include "tsdb/index_format.h"

namespace varve {
namespace {

constexpr uint32_t kSampleEvery = 32;

// The bytes of an entry before its value: the number 2, the length of the name, the name.
size_t KeyBytes(std::string_view name) {
  const int length_bits = std::max(1, static_cast<int>(std::bit_width(name.size())));
  return 1 + static_cast<size_t>((length_bits + 6) / 7) + name.size();
}

}  // namespace

absl::StatusOr<PostingsOffsetTable> PostingsOffsetTable::Open(Bytes section, uint64_t postings_end) {
  const absl::StatusOr<Bytes> content = CheckedSection(section);
  if (!content.ok()) return Annotate(content.status(), "postings offset table");
  if (content->size() < 4) return DataLoss("postings offset table: {} bytes are too few", content->size());

  PostingsOffsetTable table;
  table.entries_ = content->subspan(4);
  table.postings_end_ = postings_end;
  const uint32_t count = ByteReader(*content).U32();
  ByteReader reader(table.entries_);
  std::string_view last_value;
  for (uint32_t i = 0; i < count; ++i) {
    const size_t begin = reader.position();
    const uint64_t keys = reader.Uvarint();
    const std::string_view name = reader.UvarintText();
    const size_t key_bytes = reader.position() - begin;
    const std::string_view value = reader.UvarintText();
    reader.Uvarint();
    if (!reader.ok())
      return DataLoss("postings offset table: entry {} of {} at offset {} goes past the end", i, count, begin + 8);
    if (keys != 2 || key_bytes != KeyBytes(name)) {
      return DataLoss("postings offset table: entry {} at offset {} has {} keys, expected 2", i, begin + 8, keys);
    }
    VARVE_RETURN_IF_ERROR(table.Index(name, value, last_value, begin, reader.position()));
    last_value = value;
  }
  for (Name& name : table.names_) name.sampled.shrink_to_fit();
  table.names_.shrink_to_fit();
  return table;
}

absl::Status PostingsOffsetTable::Index(std::string_view name, std::string_view value, std::string_view last_value, size_t begin,
                                        size_t end) {
  const bool same_name = !names_.empty() && names_.back().text == name;
  const bool in_order = names_.empty() || (same_name ? last_value < value : names_.back().text < name);
  if (!in_order) return DataLoss("postings offset table: {}={} at offset {} is out of order", name, value, begin + 8);
  if (!same_name) names_.push_back({.text = name});
  Name& current = names_.back();
  if (current.value_count % kSampleEvery == 0) current.sampled.push_back(static_cast<uint32_t>(begin));
  ++current.value_count;
  current.end = static_cast<uint32_t>(end);
  return absl::OkStatus();
}

const PostingsOffsetTable::Name* PostingsOffsetTable::FindName(std::string_view name) const {
  const auto found = std::ranges::lower_bound(names_, name, {}, &Name::text);
  return found != names_.end() && found->text == name ? &*found : nullptr;
}

std::string_view PostingsOffsetTable::ValueAt(const Name& name, uint32_t offset) const {
  ByteReader reader(entries_.subspan(offset));
  reader.Skip(KeyBytes(name.text));
  return reader.UvarintText();
}

uint64_t PostingsOffsetTable::ListBeginAt(uint32_t offset) const {
  ByteReader reader(entries_.subspan(offset));
  reader.Uvarint();
  reader.UvarintText();
  reader.UvarintText();
  const uint64_t begin = reader.Uvarint();
  return reader.ok() ? begin : postings_end_;
}

PostingsOffsetTable::Cursor PostingsOffsetTable::Seek(const Name& name, std::string_view value) const {
  size_t low = 0;  // the last sample that is not greater
  for (size_t high = name.sampled.size(); high - low > 1;) {
    const size_t middle = low + (high - low) / 2;
    (ValueAt(name, name.sampled[middle]) <= value ? low : high) = middle;
  }
  return Cursor(*this, name, name.sampled[low]);
}

std::optional<PostingsRange> PostingsOffsetTable::Find(std::string_view name, std::string_view value) const {
  const Name* found = FindName(name);
  if (found == nullptr) return std::nullopt;
  for (Cursor cursor = Seek(*found, value); cursor.Next();) {
    if (cursor.entry().value == value) return cursor.entry().postings;
    if (cursor.entry().value > value) break;
  }
  return std::nullopt;
}

std::vector<std::string_view> PostingsOffsetTable::LabelNames() const {
  std::vector<std::string_view> names;
  for (const Name& name : names_) {
    if (!name.text.empty()) names.push_back(name.text);
  }
  return names;
}

size_t PostingsOffsetTable::ValueCount(std::string_view name) const {
  const Name* found = FindName(name);
  return found == nullptr ? 0 : found->value_count;
}

size_t PostingsOffsetTable::heap_bytes() const {
  size_t bytes = names_.capacity() * sizeof(Name);
  for (const Name& name : names_) bytes += name.sampled.capacity() * sizeof(uint32_t);
  return bytes;
}

PostingsOffsetTable::Cursor::Cursor(const PostingsOffsetTable& table, const Name& name, uint32_t offset)
    : table_(table), key_bytes_(KeyBytes(name.text)), end_(name.end), reader_(table.entries_.subspan(offset, name.end - offset)) {
  ReadAhead();
}

void PostingsOffsetTable::Cursor::ReadAhead() {
  has_ahead_ = !reader_.empty();
  if (!has_ahead_) return;
  reader_.Skip(key_bytes_);
  ahead_.value = reader_.UvarintText();
  ahead_.postings.begin = reader_.Uvarint();
}

bool PostingsOffsetTable::Cursor::Next() {
  if (!has_ahead_) return false;
  entry_ = ahead_;
  ReadAhead();
  const uint64_t next_begin = has_ahead_ ? ahead_.postings.begin : table_.ListBeginAt(end_);
  // Lists are written in the order of this table. Should an index have them in another one, the end is only less tight.
  entry_.postings.end = next_begin > entry_.postings.begin ? next_begin : table_.postings_end_;
  return true;
}

}  // namespace varve
