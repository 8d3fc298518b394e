// Reads ranges of one object: planned (blocks/range_planner.h), several at a time, and handed out as views.
//
//   VARVE_ASSIGN_OR_RETURN(const FetchedRanges fetched, FetchRanges(ctx, source, index_name, wanted));
//   const Bytes entry = fetched.bytes(i);       // of wanted[i]; shorter where the object ended before
//
// Shape    the bytes live as long as an owner() does, so a view may leave with one. Where the bucket can map the object nothing is
//          copied, and nothing is held; otherwise what is held counts on the memory of the source until the last owner goes.
// Errors   those of the bucket, with the object's name; ResourceExhausted when the memory of the source is full. What lies beyond
//          the end of the object is no error.
// Threads  FetchRanges from anywhere; a result is immutable.
#pragma once

#include <absl/status/statusor.h>

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "blocks/range_planner.h"
#include "objstore/bucket.h"
#include "runtime/executor.h"

namespace varve {

class IndexCache;

// What reading a block has cost so far; shared by the parts of one query.
struct FetchStats {
  std::atomic<uint64_t> requests = 0;
  std::atomic<uint64_t> round_trips = 0;   // groups of requests made side by side
  std::atomic<uint64_t> bytes = 0;         // read from the bucket
  std::atomic<uint64_t> bytes_wanted = 0;  // of these, asked for
};

struct FetchSource {  // what it points to outlives all that is fetched
  Bucket& bucket;
  Executor& executor;  // runs the reads
  ReadCost cost;
  size_t parallel_max = 16;
  IndexCache* index_cache = nullptr;  // may be null
  MemoryBudget* memory = nullptr;     // of all queries of the store together; may be null
};
inline FetchSource FetchSourceOf(Bucket& bucket, Executor& executor) {
  return {.bucket = bucket, .executor = executor, .cost = ReadCostOf(bucket.provider())};
}

class FetchedRanges {
 public:
  size_t size() const { return views_.size(); }
  Bytes bytes(size_t i) const { return views_[i]; }
  const std::shared_ptr<const void>& owner(size_t i) const { return owners_[owner_of_[i]]; }
  uint64_t held_bytes() const { return held_bytes_; }

 private:
  friend absl::StatusOr<FetchedRanges> FetchRanges(const Context&, const FetchSource&, const std::string&,
                                                   std::span<const ByteRange>, FetchStats*);
  void AddView(Bytes read, uint64_t read_begin, const ByteRange& wanted, uint32_t owner, FetchStats* stats);

  std::vector<Bytes> views_;
  std::vector<uint32_t> owner_of_;
  std::vector<std::shared_ptr<const void>> owners_;  // one for each read, or one for all
  uint64_t held_bytes_ = 0;
};

// `wanted` is in order of begin. `stats` may be null.
absl::StatusOr<FetchedRanges> FetchRanges(const Context& ctx, const FetchSource& source, const std::string& name,
                                          std::span<const ByteRange> wanted, FetchStats* stats = nullptr);

}  // namespace varve
