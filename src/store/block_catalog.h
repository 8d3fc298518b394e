// The blocks a bucket store serves at one moment, and which of them a query needs.
//
// Shape    blocks with equal external labels form a set; in a set, blocks of several resolutions may cover the same time. A query
//          takes the coarsest resolution that is good enough, fills the gaps with finer ones, and what is then still missing with
//          coarser ones as far as it allows them.
// Threads  immutable; share freely.
// Source   thanos pkg/store/bucket.go, bucketBlockSet.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "blocks/bucket_block.h"
#include "blocks/frozen_backoff.h"
#include "model/labels.h"
#include "store/store_api.h"

namespace varve {

class BlockSet {
 public:
  BlockSet(Labels external_labels, std::vector<std::shared_ptr<const BucketBlock>> blocks);

  const Labels& external_labels() const { return external_labels_; }
  QueryRange range() const { return range_; }  // of all its blocks; the end as in meta.json, like Thanos
  struct Choice {
    std::shared_ptr<const BucketBlock> block;
    QueryRange range;       // what is wanted of it
    bool narrowed = false;  // other blocks have the rest
  };
  // The blocks for `range`, by time.
  std::vector<Choice> Choose(QueryRange range, int64_t max_resolution_ms, int64_t fallback_resolution_ms = 0) const;

 private:
  using Blocks = std::vector<std::shared_ptr<const BucketBlock>>;
  using Level = std::map<int64_t, Blocks>::const_reverse_iterator;
  // Takes the blocks of one resolution; answers the ranges that it leaves open.
  static std::vector<QueryRange> Take(QueryRange range, const Blocks& blocks, bool narrowed, std::vector<Choice>& out);

  Labels external_labels_;
  QueryRange range_;
  std::map<int64_t, Blocks> by_resolution_;  // each by min time
};

class BlockCatalog {
 public:
  BlockCatalog() = default;
  explicit BlockCatalog(std::map<Ulid, std::shared_ptr<const BucketBlock>> blocks, std::map<Ulid, FrozenObject> frozen = {});

  const std::map<Ulid, std::shared_ptr<const BucketBlock>>& blocks() const { return blocks_; }
  const std::vector<BlockSet>& sets() const { return sets_; }  // by external labels
  // Blocks of which not even meta.json can be read.
  const std::map<Ulid, FrozenObject>& frozen() const { return frozen_; }
  // How many of these may have samples from `min` on: a block has none from after it was made.
  size_t FrozenSince(TimestampMs min) const;

 private:
  std::map<Ulid, std::shared_ptr<const BucketBlock>> blocks_;
  std::vector<BlockSet> sets_;
  std::map<Ulid, FrozenObject> frozen_;
};

}  // namespace varve
