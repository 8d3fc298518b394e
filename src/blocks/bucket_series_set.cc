#include "blocks/bucket_series_set.h"

#include <algorithm>

#include "base/status_macros.h"

namespace varve {

namespace {

constexpr int64_t kWindowsInRoom = 16;  // other queries want memory too
constexpr uint64_t kWindowBytesMin = 64 << 10;

}  // namespace

BucketSeriesSet::BucketSeriesSet(const Context& ctx, const FetchSource& source, Ulid id, const BucketBlockLimits& limits,
                                 std::shared_ptr<const IndexHeader> header, std::shared_ptr<const Tombstones> tombstones,
                                 Postings refs, BucketSelect request, FetchStats* stats)
    : scope_(ctx),
      source_(source),
      limits_(limits),
      header_(std::move(header)),
      tombstones_(std::move(tombstones)),
      refs_(std::move(refs)),
      request_(std::move(request)),
      relabels_(!request_.external_labels.empty() || !request_.without_labels.empty()),
      stats_(stats),
      series_loader_(source, id, *header_, tombstones_.get(), limits.series_bytes),
      chunk_loader_(source, id, request_.aggregates, limits.chunk_bytes),
      refs_memory_(source.memory),
      pending_memory_(ctx.memory()),
      pending_store_memory_(source.memory),
      series_left_(request_.limit == 0 ? UINT64_MAX : request_.limit),
      window_(ctx.memory()),
      next_window_(ctx.memory()) {}

bool BucketSeriesSet::Next() {
  if (at_ + 1 < window_.series.size()) {
    ++at_;
    return true;
  }
  if (!window_.status.ok()) return false;
  at_ = 0;
  window_ = Window(scope_.context().memory());  // its memory is free for the next one
  if (ahead_ != nullptr) {
    ahead_->Wait();
    ahead_ = nullptr;
    window_ = std::move(next_window_);
  } else {
    window_ = LoadWindow();
  }
  ReadAhead();
  return !window_.series.empty();
}

void BucketSeriesSet::ReadAhead() {
  const bool ended = (next_pending_ == pending_.size() && next_ref_ == refs_.size()) || series_left_ == 0;
  if (!source_.cost.is_remote || ended || window_.series.empty()) return;
  if (WindowBytes() < std::min(limits_.window_bytes, kWindowBytesMin * 4)) return;  // one at a time, then
  ahead_ = std::make_unique<BackgroundTask>(source_.executor, [this] { next_window_ = LoadWindow(); });
}

uint64_t BucketSeriesSet::WindowBytes() const {
  if (source_.memory == nullptr) return limits_.window_bytes;
  const uint64_t share = static_cast<uint64_t>(source_.memory->room() / kWindowsInRoom);
  return std::min(limits_.window_bytes, std::max(share, kWindowBytesMin));
}

BucketSeriesSet::Window BucketSeriesSet::LoadWindow() {
  Window window(scope_.context().memory());
  window.status = FillWindow(window);
  if (!window.status.ok()) window.series.clear();
  return window;
}

absl::Status BucketSeriesSet::FillWindow(Window& window) {
  const Context& ctx = scope_.context();
  const uint64_t window_bytes = WindowBytes();
  VARVE_RETURN_IF_ERROR(refs_memory_.Resize(static_cast<int64_t>(refs_.size() * sizeof(SeriesRef))));
  if (next_pending_ == pending_.size()) {
    pending_.clear();
    pending_memory_.Reset();
    pending_store_memory_.Reset();
    next_pending_ = 0;
    while (pending_.empty() && next_ref_ < refs_.size() && series_left_ > 0) {
      VARVE_RETURN_IF_ERROR(ctx.Check());
      VARVE_RETURN_IF_ERROR(relabels_ ? LoadAllRelabelled(window_bytes) : LoadBatch(window_bytes));
    }
  }
  uint64_t bytes = 0;
  std::vector<SeriesChunks> series = TakeWindow(window_bytes, bytes);
  if (request_.labels_only) {
    for (SeriesChunks& one : series) window.series.push_back({.labels = std::move(one.labels)});
    return absl::OkStatus();
  }
  VARVE_RETURN_IF_ERROR(window.memory.Resize(static_cast<int64_t>(bytes)));
  VARVE_ASSIGN_OR_RETURN(window.series, chunk_loader_.Load(ctx, series, series_loader_.deleted(), stats_, bytes));
  return window.memory.Resize(static_cast<int64_t>(bytes));
}

// How many entries to read at once: a batch, or fewer where they lie so far apart that the reads would not fit the window.
size_t BucketSeriesSet::BatchSize(uint64_t window_bytes) const {
  const size_t count_max = std::min(limits_.series_batch, refs_.size() - next_ref_);
  uint64_t bytes = 0;
  for (size_t i = 0; i < count_max; ++i) {
    const size_t at = next_ref_ + i;
    const uint64_t distance = at + 1 < refs_.size() ? (uint64_t{refs_[at + 1]} - refs_[at]) * kSeriesAlignBytes : UINT64_MAX;
    bytes += std::min(distance, limits_.series_bytes);
    if (bytes > window_bytes) return std::max<size_t>(i, 1);
  }
  return count_max;
}

absl::Status BucketSeriesSet::LoadBatch(uint64_t window_bytes) {
  const size_t count = BatchSize(window_bytes);
  const size_t first = pending_.size();
  VARVE_RETURN_IF_ERROR(series_loader_.Load(scope_.context(), std::span(refs_).subspan(next_ref_, count), request_.range,
                                            request_.matchers, stats_, pending_));
  next_ref_ += count;
  size_t bytes = 0;
  for (size_t i = first; i < pending_.size(); ++i) {
    bytes += sizeof(SeriesChunks) + pending_[i].labels.heap_bytes() + pending_[i].chunks.capacity() * sizeof(ChunkPlace);
  }
  VARVE_RETURN_IF_ERROR(pending_store_memory_.Grow(static_cast<int64_t>(bytes)));
  return pending_memory_.Grow(static_cast<int64_t>(bytes));
}

// Added and removed labels may change the order and make sets equal, so nothing comes out before everything was seen.
absl::Status BucketSeriesSet::LoadAllRelabelled(uint64_t window_bytes) {
  while (next_ref_ < refs_.size()) {
    const size_t first = pending_.size();
    VARVE_RETURN_IF_ERROR(scope_.context().Check());
    VARVE_RETURN_IF_ERROR(LoadBatch(window_bytes));
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
    auto& chunks = joined.back().chunks;
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
std::vector<SeriesChunks> BucketSeriesSet::TakeWindow(uint64_t window_bytes, uint64_t& bytes) {
  std::vector<SeriesChunks> series;
  bytes = 0;
  uint64_t end = 0;
  while (next_pending_ < pending_.size() && series_left_ > 0) {
    const uint64_t more = request_.labels_only ? 0 : chunk_loader_.Estimate(pending_[next_pending_], end);
    if (!series.empty() && bytes + more > window_bytes) break;
    bytes += more;
    series.push_back(std::move(pending_[next_pending_++]));
    --series_left_;
  }
  return series;
}

}  // namespace varve
