// Writes the postings lists of an index and the table of their offsets.
//
// Shape    pairs of symbols are counted while series stream by; then, in passes over the series section of the index being
//          written, their refs are put into place, as many lists a pass as fit the budget.
// Threads  one at a time.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/byte_writer.h"
#include "base/bytes.h"
#include "tsdb/index_format.h"
#include "tsdb/output_file.h"
#include "tsdb/series_entry.h"

namespace varve {

class PostingsWriter {
 public:
  explicit PostingsWriter(size_t refs_per_pass_max = size_t{16} << 20) : refs_per_pass_max_(refs_per_pass_max) {}

  void Count(std::span<const SymbolPair> labels);  // of a series

  // Appends all lists to `index`. `symbols` are its symbols by number, `series` the bytes of its series section, `series_begin`
  // where that lies in the file.
  absl::Status WriteLists(std::span<const std::string_view> symbols, Bytes series, uint64_t series_begin, OutputFile& index);
  absl::Status WriteOffsetTable(OutputFile& index);

 private:
  struct Pair {
    uint64_t key = 0;  // name << 32 | value: in the order of their texts
    uint32_t count = 0;
  };
  std::vector<Pair> SortedPairs() const;
  absl::Status WriteAllSeries(Bytes series, uint64_t series_begin, OutputFile& index);
  absl::Status WritePass(std::span<const std::string_view> symbols, std::span<const Pair> pairs, Bytes series,
                         uint64_t series_begin, OutputFile& index);
  absl::Status WriteList(std::string_view name, std::string_view value, std::span<const SeriesRef> refs, OutputFile& index);

  const size_t refs_per_pass_max_;
  absl::flat_hash_map<uint64_t, uint32_t> counts_;  // by name << 32 | value
  ByteWriter offset_entries_;
  uint32_t list_count_ = 0;
  ByteWriter buffer_;
};

}  // namespace varve
