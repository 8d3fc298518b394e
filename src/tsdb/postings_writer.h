// Writes the postings lists of an index and the table of their offsets.
//
// Shape    pairs of symbols are counted while series stream by; then, in passes over the series section of the index being written,
//          their refs are put into place, as many lists a pass as fit the budget.
// Threads  one at a time.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>

#include <cstdint>
#include <vector>

#include "base/byte_writer.h"
#include "base/bytes.h"
#include "tsdb/index_format.h"
#include "tsdb/output_file.h"
#include "tsdb/series_entry.h"
#include "tsdb/symbol_interner.h"

namespace varve {

class PostingsWriter {
 public:
  explicit PostingsWriter(size_t refs_per_pass_max = size_t{16} << 20) : refs_per_pass_max_(refs_per_pass_max) {}

  void Count(const std::vector<SymbolPair>& labels);  // of a series, with provisional symbols

  // Appends all lists to `index`. `series` are the bytes of its series section, whose entries have final symbols; `series_begin` is
  // where they lie in the file.
  absl::Status WriteLists(const SymbolInterner& symbols, Bytes series, uint64_t series_begin, OutputFile& index);
  absl::Status WriteOffsetTable(OutputFile& index);

 private:
  struct Pair {
    SymbolPair symbols;  // final
    std::string_view name, value;
    uint32_t count = 0;
  };
  std::vector<Pair> SortedPairs(const SymbolInterner& symbols) const;
  absl::Status WriteAllSeries(Bytes series, uint64_t series_begin, OutputFile& index);
  absl::Status WritePass(std::span<const Pair> pairs, Bytes series, uint64_t series_begin, OutputFile& index);
  absl::Status WriteList(std::string_view name, std::string_view value, std::span<const SeriesRef> refs, OutputFile& index);

  const size_t refs_per_pass_max_;
  absl::flat_hash_map<uint64_t, uint32_t> counts_;  // by name << 32 | value, provisional
  ByteWriter offset_entries_;
  uint32_t list_count_ = 0;
  ByteWriter buffer_;
};

}  // namespace varve
