// Reads the series of a selector and computes on each of them, in tiles that workers share.
//
//   SeriesSource --Pull--> tile of series --Run, any thread--> Read, Compute, transforms --> sink(series)
//
// Shape    a tile is a run of neighbours in label order whose length depends on the query only, never on the number of workers,
//          so that whatever is summed up tile by tile is the same on every machine.
// Memory   one tile a worker, and the series of the round that is being handed out.
// Threads  Pull from one thread at a time; Run from any, on tiles of their own.
#pragma once

#include <absl/functional/function_ref.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "promql/engine/series_reader.h"
#include "promql/engine/series_transform.h"

namespace varve::promql {

using SeriesTile = std::vector<std::shared_ptr<const Series>>;

class SeriesScan {
 public:
  SeriesScan(QueryState& query, StepGrid grid, SelectRequest request, SeriesReaderPtr reader, SampleTally& tally);

  // Adds work to be done on every series. Not after Open.
  void Append(SeriesTransformPtr transform) { transforms_.push_back(std::move(transform)); }

  // Says that of histograms only count and sum are needed.
  void NeedOnlyHistogramStats() { histogram_stats_ = true; }

  absl::Status Open(const Context& ctx);
  // The next tile; empty when there are no more series.
  absl::StatusOr<SeriesTile> Pull(const Context& ctx);
  bool exhausted() const { return set_ == nullptr; }  // once open: Pull has nothing more
  // Computes the series of `tile`, in order; those that have samples go to `sink`, which may move out of its argument.
  absl::Status Run(const Context& ctx, const SeriesTile& tile, Annotations& annotations,
                   absl::FunctionRef<absl::Status(StepSeries&)> sink) const;

  const StepGrid& grid() const { return grid_; }
  QueryState& query() const { return query_; }
  std::string Describe() const;
  std::chrono::nanoseconds elapsed() const { return std::chrono::nanoseconds(elapsed_ns_.load(std::memory_order_relaxed)); }
  int64_t series_count() const { return series_count_.load(std::memory_order_relaxed); }  // with samples
  YieldedSamples yielded() const {
    return {yielded_samples_.load(std::memory_order_relaxed), yielded_bytes_.load(std::memory_order_relaxed)};
  }
  int64_t samples_read() const { return samples_read_.load(std::memory_order_relaxed); }

 private:
  absl::Status Compute(const Context& ctx, const Series& series, ReaderScratch& scratch, StepSeries& out,
                       Annotations& annotations) const;

  QueryState& query_;
  SampleTally& tally_;
  const StepGrid grid_;
  const SelectRequest request_;
  const size_t tile_series_max_;
  SeriesReaderPtr reader_;
  std::vector<SeriesTransformPtr> transforms_;
  bool histogram_stats_ = false;
  std::unique_ptr<SeriesSet> set_;  // null once it is used up
  mutable std::atomic<int64_t> elapsed_ns_{0}, series_count_{0}, samples_read_{0}, yielded_samples_{0}, yielded_bytes_{0};
};

// All tiles of a scan, for who folds them into something small: each worker pulls a tile when it has nothing to do.
//
//   FoldTiles(ctx, scan, {.work = ..., .fold = ...}):
//     work(task, slot, tile)    on any worker; fills what the caller keeps for `slot`
//     fold(slot)                in the order of the tiles, one at a time, whoever is free; the slot is used again afterwards
//
// Shape    slots are numbered below FoldSlots(scan): a worker that is ahead of the others by that many tiles waits for them.
struct TileFold {
  absl::FunctionRef<absl::Status(const Context&, size_t slot, const SeriesTile&)> work;
  absl::FunctionRef<absl::Status(size_t slot)> fold;
};
size_t FoldSlots(const SeriesScan& scan);
absl::Status FoldTiles(const Context& ctx, SeriesScan& scan, const TileFold& fold);

// The tiles of a scan in rounds, for who wants the series themselves: those of a round are worked on in parallel while the next
// round is pulled.
//
//   ScanRounds rounds(scan);
//   while (true) {
//     const auto work = [&](const Context& task, size_t i, const SeriesTile& tile) { ... fills result i ... };
//     VARVE_ASSIGN_OR_RETURN(const size_t tiles, rounds.Run(ctx, work));
//     if (tiles == 0) break;
//     ... results 0 .. tiles-1 are complete, in the order of the series ...
//   }
class ScanRounds {
 public:
  using Work = absl::FunctionRef<absl::Status(const Context&, size_t index, const SeriesTile&)>;

  explicit ScanRounds(SeriesScan& scan);
  size_t tiles_max() const { return tiles_max_; }  // of one round

  // Works on the next round; the number of its tiles, 0 at the end.
  absl::StatusOr<size_t> Run(const Context& ctx, Work work);

 private:
  absl::Status PullRound(const Context& ctx);

  SeriesScan& scan_;
  Executor* const executor_;
  const size_t tiles_max_;
  bool opened_ = false, pulled_any_ = false, pulled_all_ = false;
  std::vector<SeriesTile> next_;
};

}  // namespace varve::promql
