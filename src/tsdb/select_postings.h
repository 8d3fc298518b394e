// From matchers to the series they select: first a plan made of the postings offset table alone, then the lists themselves,
// from wherever they are. A local block maps them; a block in a bucket fetches what the plan names.
//
//   VARVE_ASSIGN_OR_RETURN(const PostingsPlan plan, PlanPostings(ctx, table, matchers));
//   VARVE_ASSIGN_OR_RETURN(const Postings refs, SelectPostings(plan, [&](const PostingsKey& key) { return read(key.range); }));
//
// Shape    series = (the intersection over `groups` of the union of each group) - (the union of `remove`).
//          An absent label is an empty value: matchers that accept the empty value take series away, the others ask for some.
// Errors   Cancelled or DeadlineExceeded while values are scanned.
// Threads  a plan is a value; its views point into the table's section and the names of the matchers.
// Source   prometheus tsdb/querier.go, PostingsForMatchers.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <string_view>
#include <vector>

#include "model/matcher.h"
#include "runtime/context.h"
#include "tsdb/postings.h"
#include "tsdb/postings_offset_table.h"

namespace varve {

struct PostingsKey {
  std::string_view name, value;
  PostingsRange range;
};

struct PostingsPlan {
  bool nothing = false;  // no series can match; the rest is empty
  std::vector<std::vector<PostingsKey>> groups;
  std::vector<PostingsKey> remove;
};

absl::StatusOr<PostingsPlan> PlanPostings(const Context& ctx, const PostingsOffsetTable& table, const Matchers& matchers);

// Fetches a list, checked. The view must live until SelectPostings returns.
using ReadPostings = std::function<absl::StatusOr<PostingsView>(const PostingsKey& key)>;
absl::StatusOr<Postings> SelectPostings(const PostingsPlan& plan, const ReadPostings& read);

}  // namespace varve
