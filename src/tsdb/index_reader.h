// The index of a local block: which series there are, and where their chunks lie.
//
// Shape    a view over the mapped file; in memory are samples of the two tables. Opening reads symbols and the postings offset
//          table once; series and postings are checked when they are used. docs/formats/index.md.
// Errors   DataLoss naming the part and its offset in the file, Unimplemented for an unknown version.
// Threads  immutable; share freely.
// Source   prometheus tsdb/index/index.go.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "model/matcher.h"
#include "runtime/context.h"
#include "tsdb/index_format.h"
#include "tsdb/postings.h"
#include "tsdb/postings_offset_table.h"
#include "tsdb/series_entry.h"
#include "tsdb/symbol_table.h"

namespace varve {

class IndexReader {
 public:
  // Whoever holds the reader keeps `file` alive.
  static absl::StatusOr<IndexReader> Open(Bytes file);

  const IndexToc& toc() const { return toc_; }
  const SymbolTable& symbols() const { return symbols_; }
  const PostingsOffsetTable& postings_offsets() const { return postings_offsets_; }
  uint64_t file_bytes() const { return file_.size(); }

  absl::StatusOr<PostingsView> ReadPostings(PostingsRange range) const;  // checked
  absl::Status ReadSeries(SeriesRef ref, SeriesEntry& out) const;        // checked

  // The series that fulfil all matchers, in label order.
  absl::StatusOr<Postings> Select(const Context& ctx, const Matchers& matchers) const;
  // Sorted; without matchers of the whole index, else of the series selected. At most `limit` of them, 0: all.
  absl::StatusOr<std::vector<std::string>> LabelNames(const Context& ctx, const Matchers& matchers, uint64_t limit) const;
  absl::StatusOr<std::vector<std::string>> LabelValues(const Context& ctx, std::string_view name, const Matchers& matchers,
                                                       uint64_t limit) const;

 private:
  absl::StatusOr<std::vector<PostingsOffsetTable::Entry>> ValuesMatching(const Context& ctx, std::string_view name,
                                                                         const Matchers& matchers) const;

  Bytes file_;
  IndexToc toc_;
  SymbolTable symbols_;
  PostingsOffsetTable postings_offsets_;
};

}  // namespace varve
