// Which series of a block in a bucket fulfil some matchers: planned from the index-header, then the postings lists that the plan
// names are fetched in one go.
//
//   VARVE_ASSIGN_OR_RETURN(SelectedPostings selected, FetchPostings(ctx, source, id, header, matchers, lazy, stats));
//
// Shape    the outcome is kept in the index cache, and so is that of each matcher that had to look through the values of its label
//          (a regular expression), since other queries have it too. A matcher whose lists are longer than the series entries it
//          would spare is left out; the caller applies it to the series' labels. That is decided by bytes, which the index-header
//          knows without a read.
// Errors   DataLoss naming block, list and offset; those of the bucket.
// Source   thanos pkg/store/bucket.go ExpandedPostings, pkg/store/lazy_postings.go.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "blocks/index_header.h"
#include "blocks/range_fetch.h"
#include "model/matcher.h"
#include "tsdb/postings.h"

namespace varve {

struct LazyPostings {
  bool enabled = true;
  // A matcher with more than so many values for each series expected is left out; 0: whatever their number.
  double keys_per_series_max = 100;
};

struct SelectedPostings {
  Postings refs;
  Matchers left;  // for the series' labels to fulfil
};

absl::StatusOr<SelectedPostings> FetchPostings(const Context& ctx, const FetchSource& source, Ulid id, const IndexHeader& header,
                                               const Matchers& matchers, const LazyPostings& lazy, FetchStats* stats);

// How many bytes a series entry of the block takes, on average.
double SeriesEntryBytes(const IndexHeader& header);

// The values of `name` among the series `refs`, found through its postings lists.
absl::StatusOr<std::vector<std::string>> FetchLabelValues(const Context& ctx, const FetchSource& source, Ulid id,
                                                          const IndexHeader& header, std::string_view name, const Postings& refs,
                                                          FetchStats* stats);

}  // namespace varve
