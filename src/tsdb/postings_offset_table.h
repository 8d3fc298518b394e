// Where in an index the postings list of each label pair is. The list of all series is that of ("", "").
//
//   [ length u32 ][ count u32 ] ([ 2 uvarint ][ name ][ value ][ offset uvarint64 ]) * count [ crc32c u32 ]
//
// Shape    sorted by name, then value; the lists themselves follow each other in the same order. In memory are the names and,
//          of each name, the place of every 32nd value; everything else is read where it is.
// Errors   DataLoss; offsets in messages count from the beginning of the section.
// Threads  immutable; share freely.
// Source   prometheus tsdb/docs/format/index.md, Postings Offset Table.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string_view>
#include <vector>

#include "base/byte_reader.h"
#include "base/bytes.h"

namespace varve {

// The bytes of a postings list in its index: from its length field to at most where the next one begins, so padding may follow it.
struct PostingsRange {
  uint64_t begin = 0;
  uint64_t end = 0;
  friend bool operator==(const PostingsRange&, const PostingsRange&) = default;
};

class PostingsOffsetTable {
 public:
  struct Entry {
    std::string_view value;  // into the section
    PostingsRange postings;
  };

  // `section` begins at the length field and may go on behind the table; whoever holds the table keeps it alive. `postings_end`
  // is where the last list ends. Reads, checksums and checks the order of all of it once.
  static absl::StatusOr<PostingsOffsetTable> Open(Bytes section, uint64_t postings_end);

  std::optional<PostingsRange> Find(std::string_view name, std::string_view value) const;
  std::optional<PostingsRange> AllSeries() const { return Find("", ""); }
  std::vector<std::string_view> LabelNames() const;  // sorted, without ""
  size_t ValueCount(std::string_view name) const;
  size_t heap_bytes() const;

  // Calls visit(const Entry&) for the values of `name` in order, from the first one >= `from`, until it answers false.
  template <typename Visit>
  void ForEachValue(std::string_view name, std::string_view from, Visit visit) const {
    const Name* found = FindName(name);
    if (found == nullptr) return;
    for (Cursor cursor = Seek(*found, from); cursor.Next();) {
      if (cursor.entry().value >= from && !visit(cursor.entry())) return;
    }
  }

 private:
  struct Name {
    std::string_view text;
    uint32_t value_count = 0;
    uint32_t end = 0;               // offset behind the last entry, into entries_
    std::vector<uint32_t> sampled;  // offsets of entries 0, 32, 64, ...
  };

  // Walks the entries of one name from the one at `offset`. The name is the same in each, so it is skipped, not read.
  class Cursor {
   public:
    Cursor(const PostingsOffsetTable& table, const Name& name, uint32_t offset);
    bool Next();
    const Entry& entry() const { return entry_; }

   private:
    void ReadAhead();

    const PostingsOffsetTable& table_;
    const size_t key_bytes_;
    const uint32_t end_;
    ByteReader reader_;
    Entry ahead_;  // the entry behind entry_, whose list begins where that of entry_ ends
    bool has_ahead_ = false;
    Entry entry_;
  };

  absl::Status Index(std::string_view name, std::string_view value, std::string_view last_value, size_t begin, size_t end);
  const Name* FindName(std::string_view name) const;
  Cursor Seek(const Name& name, std::string_view value) const;  // at or before the first entry >= value
  std::string_view ValueAt(const Name& name, uint32_t offset) const;
  uint64_t ListBeginAt(uint32_t offset) const;  // of the entry there; postings_end_ behind the last entry

  Bytes entries_;
  uint64_t postings_end_ = 0;
  std::vector<Name> names_;  // sorted
};

}  // namespace varve
