// The symbols of several indexes as those of one, and what each number of theirs is in it.
//
// Shape    texts stay where they are; in memory are a view for each symbol of the union and a number for each of the inputs.
//          Since numbers go up with the texts, series whose labels are numbers of the union compare as their labels would.
// Errors   DataLoss for a table whose symbols do not ascend.
// Threads  immutable; share freely. The tables outlive it.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tsdb/series_entry.h"
#include "tsdb/symbol_table.h"

namespace varve {

class SymbolUnion {
 public:
  // On an error `failed_table` is the table at fault.
  static absl::StatusOr<SymbolUnion> Make(std::span<const SymbolTable* const> tables, size_t& failed_table);

  std::span<const std::string_view> symbols() const { return symbols_; }
  // Renames the symbols of a series of table `table`. DataLoss for one that the table does not have.
  absl::Status Rename(size_t table, std::vector<SymbolPair>& labels) const;

 private:
  std::vector<std::string_view> symbols_;
  std::vector<std::vector<uint32_t>> numbers_;  // of each table, by its own numbers
};

}  // namespace varve
