// What a query to a bucket store may cost, and the answer of one block to it.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "blocks/range_fetch.h"
#include "runtime/bucket_usage.h"
#include "runtime/metrics.h"
#include "store/left_out_blocks.h"
#include "store/store_api.h"

namespace varve {

// Limits and counts of one call, shared by all blocks it reads.
class QueryCost {
 public:
  struct Limits {
    uint64_t series = 0, samples = 0, bytes = 0;  // 0: none
  };
  // `dropped` counts the calls that hit a limit, by {reason}.
  QueryCost(Limits limits, CounterFamily& dropped) : limits_(limits), dropped_(dropped) {}

  // ResourceExhausted, in Thanos' words, once a limit is passed.
  absl::Status Add(uint64_t series, uint64_t chunks);
  absl::Status CheckBytes();

  FetchStats& fetch() { return fetch_; }
  BucketUsage& usage() { return usage_; }
  uint64_t series() const { return series_; }
  uint64_t chunks() const { return chunks_; }

 private:
  absl::Status Exceeded(const char* what, const char* reason, uint64_t limit, uint64_t got);

  const Limits limits_;
  CounterFamily& dropped_;
  FetchStats fetch_;
  BucketUsage usage_;
  std::atomic<uint64_t> series_ = 0, chunks_ = 0;
  std::atomic<bool> counted_ = false;
};

// The series of one block, counted. A block that fails is left out with a warning unless the failure is a limit or the caller's
// end.
class BlockAnswer : public ChunkSeriesSet {
 public:
  BlockAnswer(const Context& ctx, Ulid id, PartialResponse partial_response, std::shared_ptr<QueryCost> cost,
              absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> set, LeftOutBlocks& left_out);

  void Prime();  // reads up to the first series, on this thread; may be left out
  bool Next() override;
  ChunkSeries& At() override { return set_->At(); }
  const absl::Status& status() const override { return status_; }
  std::vector<std::string> warnings() const override;

 private:
  bool Advance();
  void Fail(const absl::Status& status);

  const Context ctx_;
  const Ulid id_;
  const PartialResponse partial_response_;
  const std::shared_ptr<QueryCost> cost_;
  std::unique_ptr<ChunkSeriesSet> set_;
  LeftOutBlocks& left_out_;
  bool primed_ = false;
  bool chunks_seen_ = false;
  bool ended_ = false;
  std::string warning_;
  absl::Status status_;
};

}  // namespace varve
