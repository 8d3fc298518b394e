#include "storage/chunk_series.h"

#include <algorithm>
#include <utility>

#include "storage/join_chunks.h"

namespace varve {
namespace {

class VectorSet : public ChunkSeriesSet {
 public:
  explicit VectorSet(std::vector<ChunkSeries> series) : series_(std::move(series)) {}
  bool Next() override {
    if (next_ > 0 && next_ <= series_.size()) series_[next_ - 1] = ChunkSeries();  // lets go of its owners
    if (next_ >= series_.size()) return false;
    ++next_;
    return true;
  }
  ChunkSeries& At() override { return series_[next_ - 1]; }
  const absl::Status& status() const override { return status_; }

 private:
  std::vector<ChunkSeries> series_;
  size_t next_ = 0;
  absl::Status status_;
};

class FailedSet : public ChunkSeriesSet {
 public:
  explicit FailedSet(absl::Status status) : status_(std::move(status)) {}
  bool Next() override { return false; }
  ChunkSeries& At() override { return none_; }
  const absl::Status& status() const override { return status_; }

 private:
  ChunkSeries none_;
  absl::Status status_;
};

class SortedSet : public ChunkSeriesSet {
 public:
  explicit SortedSet(std::unique_ptr<ChunkSeriesSet> input) : input_(std::move(input)) {}

  bool Next() override {
    if (!loaded_) Load();
    if (!input_->status().ok()) return false;
    if (next_ > 0) series_[next_ - 1] = ChunkSeries();
    if (next_ == series_.size()) return next_ = 0, series_.clear(), false;
    Join();
    return true;
  }
  ChunkSeries& At() override { return series_[next_ - 1]; }
  const absl::Status& status() const override { return input_->status(); }
  std::vector<std::string> warnings() const override { return input_->warnings(); }

 private:
  void Load() {
    loaded_ = true;
    while (input_->Next()) series_.push_back(std::move(input_->At()));
    std::stable_sort(series_.begin(), series_.end(),
                     [](const ChunkSeries& a, const ChunkSeries& b) { return a.labels < b.labels; });
  }

  // Moves to the next series and joins it with its equal neighbours, into the last of them.
  void Join() {
    const size_t first = next_++;
    while (next_ < series_.size() && series_[next_].labels == series_[first].labels) {
      AppendChunks(series_[first], std::move(series_[next_]));
      ++next_;
    }
    if (next_ - 1 == first) return;
    OrderChunks(series_[first].chunks);
    series_[next_ - 1] = std::move(series_[first]);
  }

  std::unique_ptr<ChunkSeriesSet> input_;
  bool loaded_ = false;
  std::vector<ChunkSeries> series_;
  size_t next_ = 0;
};

}  // namespace

std::unique_ptr<ChunkSeriesSet> NewChunkSeriesSet(std::vector<ChunkSeries> series) {
  return std::make_unique<VectorSet>(std::move(series));
}

std::unique_ptr<ChunkSeriesSet> NewFailedChunkSeriesSet(absl::Status status) {
  return std::make_unique<FailedSet>(std::move(status));
}

std::unique_ptr<ChunkSeriesSet> SortChunkSeriesSet(std::unique_ptr<ChunkSeriesSet> set) {
  return std::make_unique<SortedSet>(std::move(set));
}

size_t HeldBytes(const ChunkSeries& series) {
  size_t bytes = series.labels.heap_bytes() + series.chunks.size() * sizeof(ChunkView);
  for (const ChunkView& chunk : series.chunks) bytes += chunk.data.size();
  return bytes;
}

}  // namespace varve
