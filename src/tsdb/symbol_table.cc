#include "tsdb/symbol_table.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "tsdb/index_format.h"

namespace varve {
namespace {

constexpr uint32_t kSampleEvery = 32;

}  // namespace

absl::StatusOr<SymbolTable> SymbolTable::Open(Bytes section) {
  const absl::StatusOr<Bytes> content = CheckedSection(section);
  if (!content.ok()) return Annotate(content.status(), "symbol table");
  if (content->size() < 4) return DataLoss("symbol table: {} bytes are too few", content->size());

  SymbolTable table;
  table.count_ = ByteReader(*content).U32();
  table.strings_ = content->subspan(4);
  ByteReader reader(table.strings_);
  if (table.count_ > reader.remaining())
    return DataLoss("symbol table: {} symbols in {} bytes", table.count_, reader.remaining());
  table.sampled_offsets_.reserve((size_t{table.count_} + kSampleEvery - 1) / kSampleEvery);
  for (uint32_t i = 0; i < table.count_; ++i) {
    const size_t offset = reader.position();
    if (i % kSampleEvery == 0) table.sampled_offsets_.push_back(static_cast<uint32_t>(offset));
    reader.UvarintText();
    if (!reader.ok())
      return DataLoss("symbol table: symbol {} of {} at offset {} goes past the end", i, table.count_, offset + 8);
  }
  return table;
}

absl::StatusOr<std::string_view> SymbolTable::Lookup(uint32_t ref) const {
  if (ref >= count_) return DataLoss("symbol {} of a table of {}", ref, count_);
  ByteReader reader(strings_.subspan(sampled_offsets_[ref / kSampleEvery]));
  for (uint32_t i = ref % kSampleEvery; i > 0; --i) reader.UvarintText();
  return reader.UvarintText();
}

std::string_view SymbolTable::SampledAt(size_t sample) const {
  return ByteReader(strings_.subspan(sampled_offsets_[sample])).UvarintText();
}

std::optional<uint32_t> SymbolTable::Find(std::string_view symbol) const {
  size_t low = 0;  // the last sample that is not greater
  for (size_t high = sampled_offsets_.size(); high - low > 1;) {
    const size_t middle = low + (high - low) / 2;
    (SampledAt(middle) <= symbol ? low : high) = middle;
  }
  const uint32_t first = static_cast<uint32_t>(low) * kSampleEvery;
  if (first >= count_) return std::nullopt;
  ByteReader reader(strings_.subspan(sampled_offsets_[low]));
  for (uint32_t ref = first; ref < std::min(count_, first + kSampleEvery); ++ref) {
    const std::string_view text = reader.UvarintText();
    if (text == symbol) return ref;
    if (text > symbol) break;
  }
  return std::nullopt;
}

absl::StatusOr<std::string_view> SymbolCache::Load(Slot& slot, uint32_t ref) {
  VARVE_ASSIGN_OR_RETURN(const std::string_view text, table_->Lookup(ref));
  slot = {.ref = ref, .used = true, .text = text};
  return text;
}

}  // namespace varve
