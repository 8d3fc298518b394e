// One block in a bucket, read for queries: postings, series and chunks by ranges, with the index-header on local disk.
//
//   auto block = std::make_shared<const BucketBlock>(environment, meta);
//   VARVE_ASSIGN_OR_RETURN(auto set, block->Select(ctx, {.range = range, .matchers = matchers}));
//   while (set->Next()) Use(set->At());
//   VARVE_RETURN_IF_ERROR(set->status());
//
// Shape    making one costs a few hundred bytes and no reads. Select reads the postings; the set then reads series in batches and
//          their chunks in windows bounded in bytes, so memory does not grow with the number of series, unless labels are
//          added or removed: then all labels of the selection are held, to be sorted again.
// Errors   DataLoss naming block, file and offset; those of the bucket.
// Threads  share freely; a set belongs to one thread.
// Source   thanos pkg/store/bucket.go.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "blocks/block_tombstones.h"
#include "blocks/bucket_postings.h"
#include "blocks/lazy_index_header.h"
#include "model/matcher.h"
#include "storage/chunk_series.h"
#include "tsdb/block_meta.h"
#include "tsdb/postings.h"

namespace varve {

struct BucketSelect {
  QueryRange range;
  Matchers matchers;         // those the external labels satisfy are the caller's to leave out
  bool labels_only = false;  // series come without chunks
  std::vector<Aggregate> aggregates = {Aggregate::kCount, Aggregate::kSum, Aggregate::kMin, Aggregate::kMax, Aggregate::kCounter};
  Labels external_labels;                   // put into every series, over its own
  std::vector<std::string> without_labels;  // taken out of every series, for example replica labels
  uint64_t limit = 0;                       // series; 0: all
};

struct BucketBlockLimits {
  size_t series_batch = 100'000;
  uint64_t series_bytes = 64 << 10;  // estimates, lowered by what meta.json knows
  uint64_t chunk_bytes = 16'000;
  uint64_t window_bytes = 32 << 20;  // of chunks held at once
  LazyPostings lazy_postings;
};

class BucketBlock {
 public:
  // `environment` outlives the block and every set.
  BucketBlock(const IndexHeaderEnvironment& environment, std::shared_ptr<const BlockMeta> meta, BucketBlockLimits limits = {});

  Ulid id() const { return meta_->id; }
  const BlockMeta& meta() const { return *meta_; }
  LazyIndexHeader& index_header() const { return header_; }

  // The series that fulfil all matchers and have a chunk in the range, in label order; deleted samples are cut out. `ctx` and `stats` (which may be null)
  // outlive the set.
  absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> Select(const Context& ctx, BucketSelect request,
                                                         FetchStats* stats = nullptr) const;
  // Sorted. Without matchers from the index-header alone, then of the whole block; external labels are the caller's. With matchers,
  // values come from the postings lists of their label, of the whole block too, where that takes fewer bytes than the series.
  absl::StatusOr<std::vector<std::string>> LabelNames(const Context& ctx, QueryRange range, const Matchers& matchers,
                                                      FetchStats* stats = nullptr) const;
  absl::StatusOr<std::vector<std::string>> LabelValues(const Context& ctx, std::string_view name, QueryRange range,
                                                       const Matchers& matchers, FetchStats* stats = nullptr) const;

 private:
  absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> Read(const Context& ctx, std::shared_ptr<const IndexHeader> header,
                                                       SelectedPostings selected, BucketSelect request, FetchStats* stats) const;

  const IndexHeaderEnvironment& environment_;
  const std::shared_ptr<const BlockMeta> meta_;
  const BucketBlockLimits limits_;
  mutable LazyIndexHeader header_;
  mutable BlockTombstones tombstones_;
};

}  // namespace varve
