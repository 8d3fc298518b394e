// The postings lists a selection needs, each read once: from the index cache, the others from the bucket side by side.
//
//   PostingsLists lists(source, id, header);
//   lists.Want(key.range);  ...
//   VARVE_RETURN_IF_ERROR(lists.Fetch(ctx, stats));
//   VARVE_ASSIGN_OR_RETURN(const PostingsView list, lists.Read(key));
//
// Threads  one at a time; views live as long as this.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "blocks/index_header.h"
#include "blocks/range_fetch.h"
#include "objstore/cache/byte_cache.h"
#include "tsdb/postings.h"
#include "tsdb/select_postings.h"

namespace varve {

class PostingsLists {
 public:
  // All outlive this.
  PostingsLists(const FetchSource& source, Ulid id, const IndexHeader& header);

  void Want(const PostingsRange& range) { wanted_.push_back({range.begin, range.end}); }
  absl::Status Fetch(const Context& ctx, FetchStats* stats);
  absl::StatusOr<PostingsView> Read(const PostingsKey& key) const;
  // The union of the lists.
  absl::StatusOr<Postings> Union(const std::vector<PostingsKey>& keys) const;

 private:
  absl::Status CheckRanges() const;

  const FetchSource& source_;
  const Ulid id_;
  const IndexHeader& header_;
  const std::string name_;
  std::vector<ByteRange> wanted_;  // after Fetch distinct and in order
  std::vector<Bytes> lists_;       // of wanted_
  std::vector<Blob> cached_;
  FetchedRanges fetched_;
};

}  // namespace varve
