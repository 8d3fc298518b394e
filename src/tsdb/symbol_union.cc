#include "tsdb/symbol_union.h"

#include "base/errors.h"
#include "storage/loser_tree.h"

namespace varve {
namespace {

struct Walk {
  SymbolTable::Cursor cursor;
  bool live = false;
};

}  // namespace

absl::StatusOr<SymbolUnion> SymbolUnion::Make(std::span<const SymbolTable* const> tables, size_t& failed_table) {
  SymbolUnion all;
  std::vector<Walk> walks;
  size_t largest = 0;
  for (const SymbolTable* table : tables) {
    walks.push_back({SymbolTable::Cursor(*table)});
    walks.back().live = walks.back().cursor.Next();
    all.numbers_.emplace_back().reserve(table->size());
    largest = std::max<size_t>(largest, table->size());
  }
  if (walks.empty()) return all;
  all.symbols_.reserve(largest);

  LoserTree tree(walks.size(), [&walks](size_t a, size_t b) {
    if (!walks[a].live || !walks[b].live) return walks[a].live && !walks[b].live;
    return walks[a].cursor.text() < walks[b].cursor.text();
  });
  while (walks[tree.winner()].live) {
    Walk& walk = walks[tree.winner()];
    const std::string_view text = walk.cursor.text();
    if (all.symbols_.empty() || all.symbols_.back() != text) {
      if (!all.symbols_.empty() && text < all.symbols_.back()) {
        failed_table = tree.winner();
        return DataLoss("symbol table: {:?} behind {:?}", text, all.symbols_.back());
      }
      all.symbols_.push_back(text);
    }
    all.numbers_[tree.winner()].push_back(static_cast<uint32_t>(all.symbols_.size() - 1));
    walk.live = walk.cursor.Next();
    tree.Replay();
  }
  return all;
}

absl::Status SymbolUnion::Rename(size_t table, std::vector<SymbolPair>& labels) const {
  const std::vector<uint32_t>& numbers = numbers_[table];
  for (SymbolPair& label : labels) {
    if (label.name >= numbers.size() || label.value >= numbers.size()) {
      return DataLoss("symbol {} or {} of a table of {}", label.name, label.value, numbers.size());
    }
    label = {numbers[label.name], numbers[label.value]};
  }
  return absl::OkStatus();
}

}  // namespace varve
