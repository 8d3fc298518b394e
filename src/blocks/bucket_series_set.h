// The series of a selection from a block in a bucket, read as they are asked for: see bucket_block.h, which makes these.
//
// Shape    while one window of series is used, the next one is read, where reading takes round trips and there is memory for both.
//          The less memory the store has left, the smaller the windows.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "blocks/bucket_block.h"
#include "blocks/chunk_loader.h"
#include "blocks/series_loader.h"
#include "runtime/background_task.h"
#include "runtime/memory_budget.h"

namespace varve {

class BucketSeriesSet : public ChunkSeriesSet {
 public:
  // `source` outlives the set; `tombstones` may be null.
  BucketSeriesSet(const Context& ctx, const FetchSource& source, Ulid id, const BucketBlockLimits& limits,
                  std::shared_ptr<const IndexHeader> header, std::shared_ptr<const Tombstones> tombstones, Postings refs,
                  BucketSelect request, FetchStats* stats);
  ~BucketSeriesSet() override { scope_.Cancel(); }

  bool Next() override;
  ChunkSeries& At() override { return window_.series[at_]; }
  const absl::Status& status() const override { return window_.status; }

 private:
  struct Window {
    explicit Window(MemoryBudget* budget) : memory(budget) {}
    std::vector<ChunkSeries> series;  // none: the end
    MemoryReservation memory;
    absl::Status status;
  };
  Window LoadWindow();  // the next series with their chunks
  absl::Status FillWindow(Window& window);
  void ReadAhead();
  uint64_t WindowBytes() const;
  absl::Status LoadBatch(uint64_t window_bytes);  // appends the next series to pending_, if there are any
  size_t BatchSize(uint64_t window_bytes) const;
  absl::Status LoadAllRelabelled(uint64_t window_bytes);
  Labels Relabelled(const Labels& labels) const;
  std::vector<SeriesChunks> TakeWindow(uint64_t window_bytes, uint64_t& bytes);

  CancelScope scope_;  // ends what is read ahead
  const FetchSource& source_;
  const BucketBlockLimits limits_;
  const std::shared_ptr<const IndexHeader> header_;
  const std::shared_ptr<const Tombstones> tombstones_;
  const Postings refs_;
  const BucketSelect request_;
  const bool relabels_;
  FetchStats* const stats_;

  // Of whoever loads: the caller, or the task that reads ahead.
  SeriesLoader series_loader_;
  const ChunkLoader chunk_loader_;
  MemoryReservation refs_memory_;           // on the store's account
  MemoryReservation pending_memory_;        // labels and chunk refs, on the caller's account
  MemoryReservation pending_store_memory_;  // the same on the store's
  size_t next_ref_ = 0;
  uint64_t series_left_;               // up to the limit
  std::vector<SeriesChunks> pending_;  // read, from next_pending_ on without chunks yet
  size_t next_pending_ = 0;

  Window window_;
  Window next_window_;  // once ahead_ has ended
  size_t at_ = 0;
  std::unique_ptr<BackgroundTask> ahead_;  // the last member: it ends first
};

}  // namespace varve
