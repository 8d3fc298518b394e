// The sorted strings of an index, by number: label names and values.
//
//   [ length u32 ][ count u32 ] ([ uvarint length ][ bytes ]) * count [ crc32c u32 ]
//
// Shape    the strings stay where they are; in memory is the offset of every 32nd. A look-up walks at most 31 strings.
// Errors   DataLoss; offsets in messages count from the beginning of the section.
// Threads  immutable; share freely. A SymbolCache belongs to one thread.
// Source   prometheus tsdb/docs/format/index.md, Symbol Table.
#pragma once

#include <absl/status/statusor.h>

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "base/byte_reader.h"
#include "base/bytes.h"

namespace varve {

class SymbolTable {
 public:
  // `section` begins at the length field and may go on behind the table; whoever holds the table keeps it alive. Reads and
  // checksums all of it once.
  static absl::StatusOr<SymbolTable> Open(Bytes section);

  uint32_t size() const { return count_; }
  absl::StatusOr<std::string_view> Lookup(uint32_t ref) const;
  std::optional<uint32_t> Find(std::string_view symbol) const;
  size_t heap_bytes() const { return sampled_offsets_.capacity() * sizeof(uint32_t); }

  // Walks the symbols in order.
  class Cursor {
   public:
    explicit Cursor(const SymbolTable& table) : reader_(table.strings_), left_(table.count_) {}
    bool Next() {
      if (left_ == 0) return false;
      --left_;
      text_ = reader_.UvarintText();
      return true;
    }
    std::string_view text() const { return text_; }

   private:
    ByteReader reader_;
    uint32_t left_;
    std::string_view text_;
  };

  // Calls visit(std::string_view) for each symbol, in order.
  template <typename Visit>
  void ForEach(Visit visit) const {
    ByteReader reader(strings_);
    for (uint32_t i = 0; i < count_; ++i) visit(reader.UvarintText());
  }

 private:
  std::string_view SampledAt(size_t sample) const;

  uint32_t count_ = 0;
  Bytes strings_;
  std::vector<uint32_t> sampled_offsets_;  // into strings_
};

// Remembers the symbols looked up last. Series that follow each other share most of theirs.
class SymbolCache {
 public:
  explicit SymbolCache(const SymbolTable& table) : table_(&table) {}

  absl::StatusOr<std::string_view> Lookup(uint32_t ref) {
    Slot& slot = slots_[ref % slots_.size()];
    if (slot.used && slot.ref == ref) return slot.text;
    return Load(slot, ref);
  }

 private:
  struct Slot {
    uint32_t ref = 0;
    bool used = false;
    std::string_view text;
  };
  absl::StatusOr<std::string_view> Load(Slot& slot, uint32_t ref);

  const SymbolTable* table_;  // outlives the cache
  std::array<Slot, 1024> slots_;
};

}  // namespace varve
