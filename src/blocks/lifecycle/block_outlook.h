// What lies in the bucket for a block, and until when it is needed: what lifecycle rules are held against.
//
// Shape    a block is settled when no planned compaction will take it up any more: its window of 14 days is over, with time to
//          spare, and no other block of its group lies in it. One that is not settled is replaced by a new block, so it is needed
//          until then only.
// Units    a retention of 0 keeps for ever; `needed_until` is kMaxTimestamp then.
// Threads  pure functions.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "blocks/meta_cache.h"

namespace varve {

struct BlockObject {
  std::string name;  // in the bucket
  uint64_t size = 0;
  bool raw_chunks = false;  // what a bucket may have been asked to mark
};

struct BlockOutlook {
  std::shared_ptr<const BlockMeta> block;
  TimestampMs written = 0;           // what lifecycle rules count ages from
  std::vector<BlockObject> objects;  // meta.json first
  bool settled = false;
  TimestampMs needed_until = 0;

  uint64_t bytes() const;
};

using RetentionMs = std::map<int64_t, int64_t>;  // by resolution in ms: 0, 300000, 3600000

// After so many days a block is settled or replaced, whenever in its window it was written.
int64_t SettledAfterDays();

// `object_prefix`: what stands before the names of blocks, "" or "tenants/a/". By min time.
std::vector<BlockOutlook> OutlookOf(const BlockMetaMap& blocks, const RetentionMs& retention, const std::string& object_prefix,
                                    TimestampMs now);

}  // namespace varve
