// Expanded postings of a block in a bucket: the plan is made of the index-header, then all lists it names are fetched at once.
#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"
#include "blocks/bucket_block.h"
#include "tsdb/select_postings.h"

namespace varve {
namespace {

// The distinct ranges of a plan, in order.
std::vector<ByteRange> RangesOf(const PostingsPlan& plan) {
  std::vector<ByteRange> ranges;
  const auto add = [&ranges](const std::vector<PostingsKey>& keys) {
    for (const PostingsKey& key : keys) ranges.push_back({key.range.begin, key.range.end});
  };
  for (const std::vector<PostingsKey>& group : plan.groups) add(group);
  add(plan.remove);
  const auto before = [](const ByteRange& a, const ByteRange& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  };
  std::sort(ranges.begin(), ranges.end(), before);
  ranges.erase(std::unique(ranges.begin(), ranges.end()), ranges.end());
  return ranges;
}

absl::Status CheckRanges(const std::vector<ByteRange>& ranges, const IndexToc& toc, const std::string& name) {
  for (const ByteRange& range : ranges) {
    if (range.begin < toc.series || range.begin > range.end || range.end > toc.postings_offset_table) {
      return DataLoss("{}: a postings list at offset {} to {} is outside of the postings section", name, range.begin, range.end);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Postings> FetchPostings(const Context& ctx, const FetchSource& source, Ulid id, const IndexHeader& header,
                                       const Matchers& matchers, FetchStats* stats) {
  VARVE_ASSIGN_OR_RETURN(const PostingsPlan plan, PlanPostings(ctx, header.postings(), matchers));
  if (plan.nothing) return Postings();
  const std::string name = BlockObjectName(id, kIndexFileName);
  const std::vector<ByteRange> ranges = RangesOf(plan);
  VARVE_RETURN_IF_ERROR(CheckRanges(ranges, header.index_toc(), name));
  VARVE_ASSIGN_OR_RETURN(const FetchedRanges fetched, FetchRanges(ctx, source, name, ranges, stats));
  return SelectPostings(plan, [&](const PostingsKey& key) -> absl::StatusOr<PostingsView> {
    const ByteRange range = {key.range.begin, key.range.end};
    const auto found = std::lower_bound(ranges.begin(), ranges.end(), range, [](const ByteRange& a, const ByteRange& b) {
      return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
    });
    absl::StatusOr<PostingsView> list = PostingsView::Parse(fetched.bytes(static_cast<size_t>(found - ranges.begin())));
    if (!list.ok())
      return Annotate(list.status(), "{} at offset {}: postings of {}={:?}", name, range.begin, key.name, key.value);
    return list;
  });
}

}  // namespace varve
