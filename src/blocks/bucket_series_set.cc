#include "blocks/bucket_series_set.h"

#include <algorithm>

#include "base/status_macros.h"

namespace varve {

BucketSeriesSet::BucketSeriesSet(const Context& ctx, const FetchSource& source, Ulid id, const BucketBlockLimits& limits,
                                 std::shared_ptr<const IndexHeader> header, Postings refs, BucketSelect request,
                                 FetchStats* stats)
    : ctx_(ctx),
      limits_(limits),
      header_(std::move(header)),
      refs_(std::move(refs)),
      request_(std::move(request)),
      relabels_(!request_.external_labels.empty() || !request_.without_labels.empty()),
      stats_(stats),
      series_loader_(source, id, *header_, limits.series_bytes),
      chunk_loader_(source, id, request_.aggregates, limits.chunk_bytes),
      pending_memory_(ctx.memory()),
      window_memory_(ctx.memory()),
      series_left_(request_.limit == 0 ? UINT64_MAX : request_.limit) {}

bool BucketSeriesSet::Next() {
  if (!status_.ok()) return false;
  if (started_ && at_ + 1 < window_.size()) {
    ++at_;
    return true;
  }
  started_ = true;
  at_ = 0;
  status_ = LoadWindow();
  if (!status_.ok()) window_.clear();
  return !window_.empty();
}

absl::Status BucketSeriesSet::LoadWindow() {
  window_.clear();
  window_memory_.Reset();
  if (next_pending_ == pending_.size()) {
    pending_.clear();
    pending_memory_.Reset();
    next_pending_ = 0;
    while (pending_.empty() && next_ref_ < refs_.size() && series_left_ > 0) {
      VARVE_RETURN_IF_ERROR(ctx_.Check());
      VARVE_RETURN_IF_ERROR(relabels_ ? LoadAllRelabelled() : LoadBatch());
    }
  }
  uint64_t bytes = 0;
  std::vector<SeriesChunks> series = TakeWindow(bytes);
  if (request_.labels_only) {
    for (SeriesChunks& one : series) window_.push_back({.labels = std::move(one.labels)});
    return absl::OkStatus();
  }
  VARVE_RETURN_IF_ERROR(window_memory_.Resize(static_cast<int64_t>(bytes)));
  VARVE_ASSIGN_OR_RETURN(window_, chunk_loader_.Load(ctx_, series, stats_, bytes));
  return window_memory_.Resize(static_cast<int64_t>(bytes));
}

// How many entries to read at once: a batch, or fewer where they lie so far apart that the reads would not fit the window.
size_t BucketSeriesSet::BatchSize() const {
  const size_t count_max = std::min(limits_.series_batch, refs_.size() - next_ref_);
  uint64_t bytes = 0;
  for (size_t i = 0; i < count_max; ++i) {
    const size_t at = next_ref_ + i;
    const uint64_t distance = at + 1 < refs_.size() ? (uint64_t{refs_[at + 1]} - refs_[at]) * kSeriesAlignBytes : UINT64_MAX;
    bytes += std::min(distance, limits_.series_bytes);
    if (bytes > limits_.window_bytes) return std::max<size_t>(i, 1);
  }
  return count_max;
}

absl::Status BucketSeriesSet::LoadBatch() {
  const size_t count = BatchSize();
  const size_t first = pending_.size();
  VARVE_RETURN_IF_ERROR(series_loader_.Load(ctx_, std::span(refs_).subspan(next_ref_, count), request_.range, stats_, pending_));
  next_ref_ += count;
  size_t bytes = 0;
  for (size_t i = first; i < pending_.size(); ++i) {
    bytes += sizeof(SeriesChunks) + pending_[i].labels.heap_bytes() + pending_[i].chunks.capacity() * sizeof(ChunkPlace);
  }
  return pending_memory_.Grow(static_cast<int64_t>(bytes));
}

// Added and removed labels may change the order and make sets equal, so nothing comes out before everything was seen.
absl::Status BucketSeriesSet::LoadAllRelabelled() {
  while (next_ref_ < refs_.size()) {
    const size_t first = pending_.size();
    VARVE_RETURN_IF_ERROR(ctx_.Check());
    VARVE_RETURN_IF_ERROR(LoadBatch());
    for (size_t i = first; i < pending_.size(); ++i) pending_[i].labels = Relabelled(pending_[i].labels);
  }
  std::stable_sort(pending_.begin(), pending_.end(),
                   [](const SeriesChunks& a, const SeriesChunks& b) { return a.labels < b.labels; });
  std::vector<SeriesChunks> joined;
  for (SeriesChunks& series : pending_) {
    if (joined.empty() || joined.back().labels != series.labels) {
      joined.push_back(std::move(series));
      continue;
    }
    std::vector<ChunkPlace>& chunks = joined.back().chunks;
    chunks.insert(chunks.end(), series.chunks.begin(), series.chunks.end());
    std::stable_sort(chunks.begin(), chunks.end(), [](const ChunkMeta& a, const ChunkMeta& b) {
      return a.min_time != b.min_time ? a.min_time < b.min_time : a.max_time < b.max_time;
    });
  }
  pending_ = std::move(joined);
  return absl::OkStatus();
}

Labels BucketSeriesSet::Relabelled(const Labels& labels) const {
  LabelsBuilder builder(labels);
  for (const LabelView& label : request_.external_labels) builder.Set(label.name, label.value);
  for (const std::string& name : request_.without_labels) builder.Del(name);
  return builder.Build();
}

// As many of the pending series as fit the window and the limit, at least one if there is one, and what they are expected to take.
std::vector<SeriesChunks> BucketSeriesSet::TakeWindow(uint64_t& bytes) {
  std::vector<SeriesChunks> series;
  bytes = 0;
  while (next_pending_ < pending_.size() && series_left_ > 0) {
    const uint64_t more = request_.labels_only ? 0 : chunk_loader_.Estimate(pending_[next_pending_]);
    if (!series.empty() && bytes + more > limits_.window_bytes) break;
    bytes += more;
    series.push_back(std::move(pending_[next_pending_++]));
    --series_left_;
  }
  return series;
}

}  // namespace varve
