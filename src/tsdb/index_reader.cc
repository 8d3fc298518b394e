#include "tsdb/index_reader.h"

#include <algorithm>
#include <set>

#include "base/errors.h"
#include "base/status_macros.h"
#include "tsdb/select_postings.h"

namespace varve {
namespace {

constexpr size_t kCheckContextEvery = 1024;

bool Reached(uint64_t limit, size_t count) { return limit > 0 && count >= limit; }

}  // namespace

absl::StatusOr<IndexReader> IndexReader::Open(Bytes file) {
  VARVE_RETURN_IF_ERROR(CheckIndexHeader(file));
  IndexReader index;
  index.file_ = file;
  VARVE_ASSIGN_OR_RETURN(index.toc_, IndexToc::Parse(file, file.size()));

  auto symbols = SymbolTable::Open(file.subspan(index.toc_.symbols, index.toc_.series - index.toc_.symbols));
  if (!symbols.ok()) return Annotate(symbols.status(), "section at offset {}", index.toc_.symbols);
  index.symbols_ = *std::move(symbols);

  const uint64_t table_begin = index.toc_.postings_offset_table;
  auto postings_offsets =
      PostingsOffsetTable::Open(file.subspan(table_begin, file.size() - kIndexTocBytes - table_begin), table_begin);
  if (!postings_offsets.ok()) return Annotate(postings_offsets.status(), "section at offset {}", table_begin);
  index.postings_offsets_ = *std::move(postings_offsets);
  return index;
}

absl::StatusOr<PostingsView> IndexReader::ReadPostings(PostingsRange range) const {
  if (range.begin < toc_.series || range.begin >= toc_.postings_offset_table) {
    return DataLoss("postings list at offset {}, outside of {} to {}", range.begin, toc_.series, toc_.postings_offset_table);
  }
  auto list = PostingsView::Parse(file_.subspan(range.begin, toc_.postings_offset_table - range.begin));
  if (!list.ok()) return Annotate(list.status(), "at offset {}", range.begin);
  return list;
}

absl::Status IndexReader::ReadSeries(SeriesRef ref, SeriesEntry& out) const {
  const uint64_t offset = ref * kSeriesAlignBytes;
  if (offset < toc_.series || offset >= toc_.postings) {
    return DataLoss("series at offset {}, outside of {} to {}", offset, toc_.series, toc_.postings);
  }
  const auto entry = CheckedSeriesEntry(file_.subspan(offset, toc_.postings - offset));
  if (!entry.ok()) return Annotate(entry.status(), "at offset {}", offset);
  return Annotate(DecodeSeriesEntry(*entry, out), "at offset {}", offset);
}

absl::StatusOr<Postings> IndexReader::Select(const Context& ctx, const Matchers& matchers) const {
  VARVE_ASSIGN_OR_RETURN(const PostingsPlan plan, PlanPostings(ctx, postings_offsets_, matchers));
  return SelectPostings(plan, [&](const PostingsKey& key) -> absl::StatusOr<PostingsView> {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    return ReadPostings(key.range);
  });
}

absl::StatusOr<std::vector<std::string>> IndexReader::LabelNames(const Context& ctx, const Matchers& matchers,
                                                                 uint64_t limit) const {
  std::set<std::string, std::less<>> names;
  if (matchers.empty()) {
    for (const std::string_view name : postings_offsets_.LabelNames()) names.emplace(name);
  } else {
    VARVE_ASSIGN_OR_RETURN(const Postings refs, Select(ctx, matchers));
    std::set<uint32_t> name_symbols;
    SeriesEntry entry;
    for (size_t i = 0; i < refs.size(); ++i) {
      if (i % kCheckContextEvery == 0) VARVE_RETURN_IF_ERROR(ctx.Check());
      VARVE_RETURN_IF_ERROR(ReadSeries(refs[i], entry));
      for (const SymbolPair& label : entry.labels) name_symbols.insert(label.name);
    }
    for (const uint32_t symbol : name_symbols) {
      VARVE_ASSIGN_OR_RETURN(const std::string_view name, symbols_.Lookup(symbol));
      names.emplace(name);
    }
  }
  std::vector<std::string> sorted(names.begin(), names.end());
  if (limit > 0 && sorted.size() > limit) sorted.resize(limit);
  return sorted;
}

// The values that matchers of the label itself accept.
absl::StatusOr<std::vector<PostingsOffsetTable::Entry>> IndexReader::ValuesMatching(const Context& ctx, std::string_view name,
                                                                                    const Matchers& matchers) const {
  std::vector<PostingsOffsetTable::Entry> values;
  absl::Status status;
  size_t scanned = 0;
  postings_offsets_.ForEachValue(name, "", [&](const PostingsOffsetTable::Entry& entry) {
    if (scanned++ % kCheckContextEvery == 0 && !(status = ctx.Check()).ok()) return false;
    const bool accepted = std::ranges::all_of(
        matchers, [&](const Matcher& matcher) { return matcher.name() != name || matcher.Matches(entry.value); });
    if (accepted) values.push_back(entry);
    return true;
  });
  VARVE_RETURN_IF_ERROR(status);
  return values;
}

absl::StatusOr<std::vector<std::string>> IndexReader::LabelValues(const Context& ctx, std::string_view name,
                                                                  const Matchers& matchers, uint64_t limit) const {
  std::vector<std::string> values;
  if (name.empty()) return values;
  VARVE_ASSIGN_OR_RETURN(const auto candidates, ValuesMatching(ctx, name, matchers));
  const bool by_own_value_only = std::ranges::all_of(matchers, [&](const Matcher& matcher) { return matcher.name() == name; });
  Postings selected;
  if (!by_own_value_only) {
    VARVE_ASSIGN_OR_RETURN(selected, Select(ctx, matchers));
  }
  for (size_t i = 0; i < candidates.size() && !Reached(limit, values.size()); ++i) {
    if (!by_own_value_only) {
      if (i % kCheckContextEvery == 0) VARVE_RETURN_IF_ERROR(ctx.Check());
      VARVE_ASSIGN_OR_RETURN(const PostingsView list, ReadPostings(candidates[i].postings));
      if (!Intersects(selected, list)) continue;
    }
    values.emplace_back(candidates[i].value);
  }
  return values;
}

}  // namespace varve
