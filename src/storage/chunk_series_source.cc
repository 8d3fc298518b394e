#include "storage/chunk_series_source.h"

#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "storage/decode_run.h"
#include "storage/sample_columns.h"

namespace varve {
namespace {

// Brings the samples of a chunk, which begin at `middle`, into the columns that this call has filled from `begin` on.
template <typename Columns>
void AddAscending(QueryRange range, Columns& columns, size_t begin, size_t middle) {
  TrimTo(range, columns, middle);
  const bool overlaps = middle > begin && middle < columns.size() && columns.times[middle] <= columns.times[middle - 1];
  if (overlaps) MergeRuns(columns, begin, middle);
}

template <typename Columns>
absl::Status AddDecoded(QueryRange range, Columns& columns, size_t begin, size_t middle) {
  if (!IsAscending(columns, middle)) return DataLoss("samples of a chunk do not ascend in time");
  AddAscending(range, columns, begin, middle);
  return absl::OkStatus();
}

bool IsWanted(const ChunkView& chunk, QueryRange range) {
  return chunk.aggregate == Aggregate::kRaw && Overlaps(QueryRange{chunk.min_time, chunk.max_time}, range);
}

// As many of the first chunks as are decoded faster together; 0 if they are to be read one by one.
size_t ReadRun(std::span<const ChunkView> chunks, QueryRange range, size_t begin, FloatColumns& out) {
  const size_t middle = out.size();
  const auto chunk_at = [&](size_t i) {  // wholly within the range, so that nothing is to be cut off before what follows
    const bool fits = i < chunks.size() && chunks[i].aggregate == Aggregate::kRaw && range.min <= chunks[i].min_time &&
                      chunks[i].max_time <= range.max_inclusive;
    return fits ? &chunks[i] : nullptr;
  };
  const size_t count = DecodeXorRun(chunk_at, out);
  if (count > 0) AddAscending(range, out, begin, middle);
  return count;
}

class ChunkBackedSeries : public Series {
 public:
  explicit ChunkBackedSeries(ChunkSeries series) : series_(std::move(series)) {}
  const Labels& labels() const override { return series_.labels; }
  size_t held_bytes() const override { return HeldBytes(series_); }
  absl::Status Read(const Context& ctx, QueryRange range, SeriesSamples& out) const override {
    return Annotate(ReadChunks(ctx, series_.chunks, range, out), "series {}", series_.labels.ToString());
  }

 private:
  const ChunkSeries series_;
};

class ChunkBackedSet : public SeriesSet {
 public:
  explicit ChunkBackedSet(std::unique_ptr<ChunkSeriesSet> set) : set_(std::move(set)) {}
  bool Next() override {
    if (!set_->Next()) return false;
    series_ = NewChunkBackedSeries(std::move(set_->At()));
    return true;
  }
  const std::shared_ptr<const Series>& At() const override { return series_; }
  const absl::Status& status() const override { return set_->status(); }
  std::vector<std::string> warnings() const override { return set_->warnings(); }

 private:
  std::unique_ptr<ChunkSeriesSet> set_;
  std::shared_ptr<const Series> series_;
};

}  // namespace

absl::Status ReadChunks(const Context& ctx, std::span<const ChunkView> chunks, QueryRange range, SeriesSamples& out) {
  VARVE_RETURN_IF_ERROR(ctx.Check());
  const size_t float_begin = out.floats.size();
  const size_t histogram_begin = out.histograms.size();
  for (size_t i = 0; i < chunks.size();) {
    const ChunkView& chunk = chunks[i];
    if (!IsWanted(chunk, range)) {
      ++i;
      continue;
    }
    if (const size_t count = ReadRun(chunks.subspan(i), range, float_begin, out.floats); count > 0) {
      i += count;
      continue;
    }
    const size_t float_middle = out.floats.size();
    const size_t histogram_middle = out.histograms.size();
    absl::Status status = DecodeChunk(chunk.encoding, chunk.data, out, range.max_inclusive);
    if (status.ok()) status = AddDecoded(range, out.floats, float_begin, float_middle);
    if (status.ok()) status = AddDecoded(range, out.histograms, histogram_begin, histogram_middle);
    if (!status.ok()) return Annotate(status, "chunk from {} to {}", chunk.min_time, chunk.max_time);
    ++i;
  }
  const bool both_kinds = out.floats.size() > float_begin && out.histograms.size() > histogram_begin;
  if (both_kinds) DropAt(out.histograms.times, histogram_begin, out.floats, float_begin);
  return absl::OkStatus();
}

std::shared_ptr<const Series> NewChunkBackedSeries(ChunkSeries series) {
  return std::make_shared<ChunkBackedSeries>(std::move(series));
}

std::unique_ptr<SeriesSet> NewChunkBackedSeriesSet(std::unique_ptr<ChunkSeriesSet> set) {
  return std::make_unique<ChunkBackedSet>(std::move(set));
}

}  // namespace varve
