#include "blocks/postings_lists.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"
#include "blocks/index_cache.h"

namespace varve {
namespace {

bool Before(const ByteRange& a, const ByteRange& b) { return a.begin != b.begin ? a.begin < b.begin : a.end < b.end; }

}  // namespace

PostingsLists::PostingsLists(const FetchSource& source, Ulid id, const IndexHeader& header)
    : source_(source), id_(id), header_(header), name_(BlockObjectName(id, kIndexFileName)) {}

absl::Status PostingsLists::CheckRanges() const {
  const IndexToc& toc = header_.index_toc();
  for (const ByteRange& range : wanted_) {
    if (range.begin < toc.series || range.begin > range.end || range.end > toc.postings_offset_table) {
      return DataLoss("{}: a postings list at offset {} to {} is outside of the postings section", name_, range.begin, range.end);
    }
  }
  return absl::OkStatus();
}

absl::Status PostingsLists::Fetch(const Context& ctx, FetchStats* stats) {
  std::sort(wanted_.begin(), wanted_.end(), Before);
  wanted_.erase(std::unique(wanted_.begin(), wanted_.end()), wanted_.end());
  VARVE_RETURN_IF_ERROR(CheckRanges());
  if (source_.index_cache != nullptr) {
    std::vector<uint64_t> offsets;
    for (const ByteRange& range : wanted_) offsets.push_back(range.begin);
    cached_ = source_.index_cache->GetPostings(ctx, id_, offsets);
  }
  cached_.resize(wanted_.size());
  std::vector<ByteRange> missing;
  for (size_t i = 0; i < wanted_.size(); ++i) {
    if (cached_[i].empty() || !PostingsView::Parse(cached_[i].bytes()).ok()) {  // a cache may say anything
      cached_[i] = Blob();
      missing.push_back(wanted_[i]);
    }
  }
  VARVE_ASSIGN_OR_RETURN(fetched_, FetchRanges(ctx, source_, name_, missing, stats));
  size_t next = 0;
  for (size_t i = 0; i < wanted_.size(); ++i) {
    lists_.push_back(cached_[i].empty() ? fetched_.bytes(next++) : cached_[i].bytes());
    if (!cached_[i].empty() || source_.index_cache == nullptr) continue;
    if (PostingsView::Parse(lists_[i]).ok()) source_.index_cache->PutPostings(id_, wanted_[i].begin, lists_[i]);
  }
  return absl::OkStatus();
}

absl::StatusOr<PostingsView> PostingsLists::Read(const PostingsKey& key) const {
  const auto found = std::lower_bound(wanted_.begin(), wanted_.end(), ByteRange{key.range.begin, key.range.end}, Before);
  absl::StatusOr<PostingsView> list = PostingsView::Parse(lists_[static_cast<size_t>(found - wanted_.begin())]);
  if (!list.ok()) {
    return Annotate(list.status(), "{} at offset {}: postings of {}={:?}", name_, key.range.begin, key.name, key.value);
  }
  return list;
}

absl::StatusOr<Postings> PostingsLists::Union(const std::vector<PostingsKey>& keys) const {
  std::vector<PostingsView> lists;
  for (const PostingsKey& key : keys) {
    VARVE_ASSIGN_OR_RETURN(lists.emplace_back(), Read(key));
  }
  return lists.size() == 1 ? lists.front().ToVector() : Merge(lists);
}

}  // namespace varve
