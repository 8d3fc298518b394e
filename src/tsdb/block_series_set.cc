#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "runtime/memory_budget.h"
#include "storage/join_chunks.h"
#include "tsdb/block_reader.h"
#include "tsdb/undeleted_chunks.h"

namespace varve {
namespace {

constexpr size_t kCheckContextEvery = 256;  // series

// The series of one block, read one by one as the caller asks for them.
class BlockSeriesSet : public ChunkSeriesSet {
 public:
  BlockSeriesSet(std::shared_ptr<const BlockReader> block, const Context& ctx, QueryRange range, Postings refs,
                 MemoryReservation refs_memory, BlockSelectOptions options)
      : block_(std::move(block)),
        ctx_(ctx),
        range_(range),
        refs_(std::move(refs)),
        refs_memory_(std::move(refs_memory)),
        options_(options),
        labels_(block_->index().symbols()) {}

  bool Next() override {
    if (options_.limit > 0 && yielded_ >= options_.limit) return false;
    while (status_.ok() && next_ < refs_.size()) {
      const absl::StatusOr<bool> found = Load(next_++);
      if (!found.ok()) return status_ = found.status(), false;
      if (*found) return ++yielded_, true;
    }
    return false;
  }
  ChunkSeries& At() override { return series_; }
  const absl::Status& status() const override { return status_; }

 private:
  // Reads a series; false if it has nothing in the range.
  absl::StatusOr<bool> Load(size_t i) {
    if (i % kCheckContextEvery == 0) VARVE_RETURN_IF_ERROR(ctx_.Check());
    VARVE_RETURN_IF_ERROR(block_->InIndex(block_->index().ReadSeries(refs_[i], entry_)));
    const DeletedIntervals& deleted = block_->tombstones().Of(refs_[i]);
    std::erase_if(entry_.chunks, [&](const ChunkMeta& chunk) {
      const QueryRange times{chunk.min_time, chunk.max_time};
      return !Overlaps(times, range_) || CoversAll(deleted, times);
    });
    if (entry_.chunks.empty()) return false;

    series_.chunks.clear();
    series_.owners.assign(1, block_);
    if (!options_.labels_only) {
      for (const ChunkMeta& chunk : entry_.chunks) VARVE_RETURN_IF_ERROR(block_->InChunks(AddChunk(chunk, deleted)));
      if (series_.chunks.empty()) return false;
      // Chunks of an index may be out of order; a bug of old versions of Prometheus.
      if (!std::ranges::is_sorted(series_.chunks, {}, &ChunkView::min_time)) OrderChunks(series_.chunks);
    }
    auto labels = labels_.Resolve(entry_.labels);
    if (!labels.ok()) return block_->InIndex(Annotate(labels.status(), "series at offset {}", refs_[i] * kSeriesAlignBytes));
    series_.labels = *std::move(labels);
    return true;
  }

  absl::Status AddChunk(const ChunkMeta& meta, const DeletedIntervals& deleted) {
    VARVE_ASSIGN_OR_RETURN(const EncodedChunk chunk, block_->chunks().Read(meta.ref));
    const ChunkView view{meta.min_time, meta.max_time, chunk.encoding, Aggregate::kRaw, chunk.data};
    if (!CoversSome(deleted, {meta.min_time, meta.max_time})) return AddView(view);
    VARVE_ASSIGN_OR_RETURN(UndeletedChunks left, EraseDeleted(deleted, view));
    const auto owned = std::make_shared<const std::vector<OwnedChunk>>(std::move(left.chunks));
    series_.owners.push_back(owned);
    for (const OwnedChunk& part : *owned) VARVE_RETURN_IF_ERROR(AddView(part.view()));
    return absl::OkStatus();
  }

  // An aggregate chunk comes as its aggregates.
  absl::Status AddView(const ChunkView& chunk) {
    if (chunk.encoding != ChunkEncoding::kAggr) return series_.chunks.push_back(chunk), absl::OkStatus();
    VARVE_ASSIGN_OR_RETURN(const AggrChunkParts parts, ParseAggrChunk(chunk.data));
    for (const Aggregate aggregate :
         {Aggregate::kCount, Aggregate::kSum, Aggregate::kMin, Aggregate::kMax, Aggregate::kCounter}) {
      const AggrChunkParts::Part& part = parts.of(aggregate);
      if (part.encoding == ChunkEncoding::kNone) continue;
      series_.chunks.push_back({chunk.min_time, chunk.max_time, part.encoding, aggregate, part.data});
    }
    return absl::OkStatus();
  }

  const std::shared_ptr<const BlockReader> block_;
  const Context ctx_;
  const QueryRange range_;
  const Postings refs_;
  const MemoryReservation refs_memory_;
  const BlockSelectOptions options_;
  LabelResolver labels_;
  size_t next_ = 0;
  uint64_t yielded_ = 0;
  SeriesEntry entry_;
  ChunkSeries series_;
  absl::Status status_;
};

}  // namespace

std::unique_ptr<ChunkSeriesSet> BlockReader::Select(std::shared_ptr<const BlockReader> block, const Context& ctx,
                                                    QueryRange range, const Matchers& matchers, BlockSelectOptions options) {
  if (!Overlaps(block->meta().range, range)) return NewChunkSeriesSet({});
  absl::StatusOr<Postings> refs = block->index().Select(ctx, matchers);
  if (!refs.ok()) return NewFailedChunkSeriesSet(block->InIndex(refs.status()));
  MemoryReservation memory(ctx.memory());
  if (const absl::Status status = memory.Grow(static_cast<int64_t>(refs->capacity() * sizeof(SeriesRef))); !status.ok()) {
    return NewFailedChunkSeriesSet(Annotate(status, "select series of block {}", block->meta().id));
  }
  return std::make_unique<BlockSeriesSet>(std::move(block), ctx, range, *std::move(refs), std::move(memory), options);
}

}  // namespace varve
