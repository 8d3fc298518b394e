#include "tsdb/symbol_interner.h"

#include <algorithm>
#include <numeric>

#include "base/hash.h"

namespace varve {

size_t SymbolInterner::TextHash::operator()(std::string_view text) const { return XxHash64(text); }

uint32_t SymbolInterner::Intern(std::string_view text) {
  if (const auto found = numbers_.find(text); found != numbers_.end()) return found->second;
  const auto number = static_cast<uint32_t>(texts_.size());
  numbers_.emplace(texts_.emplace_back(text), number);
  return number;
}

void SymbolInterner::Seal() {
  sorted_.resize(texts_.size());
  std::iota(sorted_.begin(), sorted_.end(), 0u);
  std::ranges::sort(sorted_, {}, [this](uint32_t number) { return TextOf(number); });
  ranks_.resize(sorted_.size());
  for (uint32_t rank = 0; rank < sorted_.size(); ++rank) ranks_[sorted_[rank]] = rank;
}

}  // namespace varve
