#include "promql/engine/series_scan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/errors.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "promql/engine/histogram_stats.h"
#include "runtime/executor.h"

namespace varve::promql {
namespace {

// Enough work in a tile to be worth handing to another thread, and few enough series for their arrays to stay in the cache.
size_t TileSeriesMax(const StepGrid& grid) { return std::clamp<size_t>(16384 / grid.count, 16, 256); }

// Counts what a worker has decoded until it has computed on it.
class DecodedSamples {
 public:
  DecodedSamples(QueryState& query, const SeriesSamples& samples) : query_(query) {
    count_ = static_cast<int64_t>(samples.floats.size());
    for (const FloatHistogram& histogram : samples.histograms.values) count_ += HistogramSampleCount(histogram);
  }
  ~DecodedSamples() { query_.samples.Release(held_); }
  absl::Status Hold() {
    query_.samples.CountDecoded(count_);
    VARVE_RETURN_IF_ERROR(query_.samples.Hold(count_));
    held_ = count_;
    return absl::OkStatus();
  }

 private:
  QueryState& query_;
  int64_t count_ = 0, held_ = 0;
};

}  // namespace

SeriesScan::SeriesScan(QueryState& query, StepGrid grid, SelectRequest request, SeriesReaderPtr reader, SampleTally& tally)
    : query_(query),
      tally_(tally),
      grid_(grid),
      request_(std::move(request)),
      tile_series_max_(TileSeriesMax(grid)),
      reader_(std::move(reader)) {}

absl::Status SeriesScan::Open(const Context& ctx) {
  VARVE_RETURN_IF_ERROR(reader_->Prepare(ctx));
  for (const SeriesTransformPtr& transform : transforms_) VARVE_RETURN_IF_ERROR(transform->Prepare(ctx));
  absl::StatusOr<std::unique_ptr<SeriesSet>> set = query_.selections.Select(ctx, request_);
  if (!set.ok()) return Annotate(set.status(), "expanding series");
  set_ = *std::move(set);
  return absl::OkStatus();
}

absl::StatusOr<SeriesTile> SeriesScan::Pull(const Context& ctx) {
  VARVE_RETURN_IF_ERROR(ctx.Check());
  SeriesTile tile;
  while (set_ != nullptr && tile.size() < tile_series_max_) {
    if (set_->Next()) {
      tile.push_back(set_->At());
      continue;
    }
    VARVE_RETURN_IF_ERROR(Annotate(set_->status(), "expanding series"));
    for (std::string& warning : set_->warnings()) query_.annotations.AddSourceWarning(std::move(warning));
    set_.reset();
  }
  return tile;
}

absl::Status SeriesScan::Run(const Context& ctx, const SeriesTile& tile, Annotations& annotations,
                             absl::FunctionRef<absl::Status(StepSeries&)> sink) const {
  const auto started = std::chrono::steady_clock::now();
  ReaderScratch scratch;
  StepSeries series;
  int64_t count = 0;
  YieldedSamples yielded;
  for (const std::shared_ptr<const Series>& source : tile) {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    series.Reset(grid_.count);
    VARVE_RETURN_IF_ERROR(Compute(ctx, *source, scratch, series, annotations));
    if (series.empty()) continue;
    if (query_.measure_operators) yielded.Add(series);
    VARVE_RETURN_IF_ERROR(sink(series));
    ++count;
  }
  elapsed_ns_.fetch_add((std::chrono::steady_clock::now() - started).count(), std::memory_order_relaxed);
  series_count_.fetch_add(count, std::memory_order_relaxed);
  yielded_samples_.fetch_add(yielded.samples, std::memory_order_relaxed);
  yielded_bytes_.fetch_add(yielded.bytes, std::memory_order_relaxed);
  return absl::OkStatus();
}

absl::Status SeriesScan::Compute(const Context& ctx, const Series& series, ReaderScratch& scratch, StepSeries& out,
                                 Annotations& annotations) const {
  scratch.samples.Clear();
  VARVE_RETURN_IF_ERROR(series.Read(ctx, request_.range, scratch.samples));
  VARVE_ASSIGN_OR_RETURN(scratch.aggregates, series.ReadAggregates(ctx, request_.range));
  if (scratch.samples.empty() && scratch.aggregates == nullptr) return absl::OkStatus();
  samples_read_.fetch_add(static_cast<int64_t>(scratch.samples.size()), std::memory_order_relaxed);
  DecodedSamples decoded(query_, scratch.samples);
  VARVE_RETURN_IF_ERROR(decoded.Hold());
  if (histogram_stats_) KeepHistogramStats(scratch.samples.histograms);
  VARVE_RETURN_IF_ERROR(reader_->Compute(series.labels(), scratch, tally_, out, annotations));
  for (const SeriesTransformPtr& transform : transforms_) {
    if (out.empty()) break;
    VARVE_RETURN_IF_ERROR(transform->Apply(out, annotations));
  }
  return absl::OkStatus();
}

std::string SeriesScan::Describe() const {
  std::string text = "scan " + ToString(request_.matchers) + ": " + reader_->Describe();
  for (const SeriesTransformPtr& transform : transforms_) text += ", " + transform->Describe();
  return text;
}

namespace {

// What the workers of FoldTiles share.
class FoldRun {
 public:
  FoldRun(SeriesScan& scan, const TileFold& fold, SeriesTile first)
      : scan_(scan), fold_(fold), first_(std::move(first)), finished_(FoldSlots(scan)) {}

  // Works on tile after tile until there are no more.
  absl::Status Work(const Context& ctx) {
    std::optional<size_t> mine;
    while (true) {
      SeriesTile tile;
      absl::Status status = Turn(ctx, mine, tile);
      if (status.ok() && mine.has_value()) status = fold_.work(ctx, Slot(*mine), tile);
      if (!status.ok()) {
        MutexLock lock(mutex_);
        ended_ = true;
        turned_.notify_all();
        return status;
      }
      if (!mine.has_value()) return absl::OkStatus();
    }
  }

 private:
  size_t Slot(size_t tile) const { return tile % finished_.size(); }

  // Hands in the tile that was worked on, and takes the next one; none at the end.
  absl::Status Turn(const Context& ctx, std::optional<size_t>& mine, SeriesTile& tile) {
    MutexLock lock(mutex_);
    if (mine.has_value()) VARVE_RETURN_IF_ERROR(HandIn(*mine));
    mine.reset();
    turned_.wait(lock, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return ended_ || next_ < folded_ + finished_.size(); });
    if (ended_) return absl::OkStatus();
    if (next_ == 0) {
      tile = std::move(first_);
    } else if (!scan_.exhausted()) {
      VARVE_ASSIGN_OR_RETURN(tile, scan_.Pull(ctx));
    }
    if (tile.empty()) {
      ended_ = true;
      turned_.notify_all();
      return absl::OkStatus();
    }
    mine = next_++;
    return absl::OkStatus();
  }

  absl::Status HandIn(size_t tile) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    finished_[Slot(tile)] = true;
    for (; folded_ < next_ && finished_[Slot(folded_)]; ++folded_) {
      finished_[Slot(folded_)] = false;
      VARVE_RETURN_IF_ERROR(fold_.fold(Slot(folded_)));
    }
    turned_.notify_all();
    return absl::OkStatus();
  }

  SeriesScan& scan_;
  const TileFold& fold_;
  SeriesTile first_;  // pulled already
  Mutex mutex_;
  CondVar turned_;
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;    // tile to hand out
  size_t folded_ ABSL_GUARDED_BY(mutex_) = 0;  // tiles, without a gap
  std::vector<bool> finished_;                 // by slot: worked on and not folded; guarded by mutex_ but for its size
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

size_t WorkersOf(const SeriesScan& scan) {
  const Executor* executor = scan.query().options.executor;
  return executor == nullptr ? 1 : executor->thread_count();
}

}  // namespace

size_t FoldSlots(const SeriesScan& scan) { return 4 * WorkersOf(scan); }

absl::Status FoldTiles(const Context& ctx, SeriesScan& scan, const TileFold& fold) {
  VARVE_RETURN_IF_ERROR(scan.Open(ctx));
  VARVE_ASSIGN_OR_RETURN(SeriesTile first, scan.Pull(ctx));
  if (first.empty()) return absl::OkStatus();
  const size_t workers = scan.exhausted() ? 1 : WorkersOf(scan);
  FoldRun run(scan, fold, std::move(first));
  if (workers == 1) return run.Work(ctx);
  TaskGroup group(ctx, *scan.query().options.executor);
  for (size_t i = 0; i < workers; ++i) group.Run([&run](const Context& task) { return run.Work(task); });
  return group.Wait();
}

ScanRounds::ScanRounds(SeriesScan& scan)
    : scan_(scan),
      executor_(scan.query().options.executor),
      tiles_max_(executor_ == nullptr ? 1 : 2 * executor_->thread_count()) {}

absl::Status ScanRounds::PullRound(const Context& ctx) {
  next_.clear();
  // The first round is short, as nobody can work before it was pulled.
  const size_t tiles_max = std::exchange(pulled_any_, true) ? tiles_max_ : (tiles_max_ + 1) / 2;
  while (!pulled_all_ && next_.size() < tiles_max) {
    VARVE_ASSIGN_OR_RETURN(SeriesTile tile, scan_.Pull(ctx));
    pulled_all_ = tile.empty();
    if (!pulled_all_) next_.push_back(std::move(tile));
  }
  return absl::OkStatus();
}

absl::StatusOr<size_t> ScanRounds::Run(const Context& ctx, Work work) {
  if (!std::exchange(opened_, true)) {
    VARVE_RETURN_IF_ERROR(scan_.Open(ctx));
    VARVE_RETURN_IF_ERROR(PullRound(ctx));
  }
  const std::vector<SeriesTile> tiles = std::exchange(next_, {});
  if (executor_ == nullptr || tiles.size() <= 1) {
    for (size_t i = 0; i < tiles.size(); ++i) VARVE_RETURN_IF_ERROR(work(ctx, i, tiles[i]));
    VARVE_RETURN_IF_ERROR(PullRound(ctx));
    return tiles.size();
  }
  TaskGroup group(ctx, *executor_);
  group.Run([this](const Context& task) { return PullRound(task); });
  for (size_t i = 0; i < tiles.size(); ++i) {
    group.Run([&work, &tiles, i](const Context& task) { return work(task, i, tiles[i]); });
  }
  VARVE_RETURN_IF_ERROR(group.Wait());
  return tiles.size();
}

}  // namespace varve::promql
