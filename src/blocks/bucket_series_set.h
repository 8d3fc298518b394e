// The series of a selection from a block in a bucket, read as they are asked for: see bucket_block.h, which makes these.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "blocks/bucket_block.h"
#include "blocks/chunk_loader.h"
#include "blocks/series_loader.h"
#include "runtime/memory_budget.h"

namespace varve {

class BucketSeriesSet : public ChunkSeriesSet {
 public:
  BucketSeriesSet(const Context& ctx, const FetchSource& source, Ulid id, const BucketBlockLimits& limits,
                  std::shared_ptr<const IndexHeader> header, Postings refs, BucketSelect request, FetchStats* stats);

  bool Next() override;
  ChunkSeries& At() override { return window_[at_]; }
  const absl::Status& status() const override { return status_; }

 private:
  absl::Status LoadWindow();  // the next series with their chunks; an empty window is the end
  absl::Status LoadBatch();   // appends the next series to pending_, if there are any
  size_t BatchSize() const;
  absl::Status LoadAllRelabelled();
  Labels Relabelled(const Labels& labels) const;
  std::vector<SeriesChunks> TakeWindow(uint64_t& bytes);

  const Context ctx_;
  const BucketBlockLimits limits_;
  const std::shared_ptr<const IndexHeader> header_;
  const Postings refs_;
  const BucketSelect request_;
  const bool relabels_;
  FetchStats* const stats_;
  SeriesLoader series_loader_;
  const ChunkLoader chunk_loader_;
  MemoryReservation pending_memory_;  // labels and chunk refs
  MemoryReservation window_memory_;   // chunks

  size_t next_ref_ = 0;
  uint64_t series_left_;               // up to the limit
  std::vector<SeriesChunks> pending_;  // read, from next_pending_ on without chunks yet
  size_t next_pending_ = 0;
  std::vector<ChunkSeries> window_;
  size_t at_ = 0;
  bool started_ = false;
  absl::Status status_;
};

}  // namespace varve
