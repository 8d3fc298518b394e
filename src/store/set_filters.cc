#include "store/set_filters.h"

#include <algorithm>
#include <utility>

namespace varve {
namespace {

// Passes everything on; a filter overrides Next.
class Filter : public ChunkSeriesSet {
 public:
  explicit Filter(std::unique_ptr<ChunkSeriesSet> set) : set_(std::move(set)) {}
  ChunkSeries& At() override { return set_->At(); }
  const absl::Status& status() const override { return set_->status(); }
  std::vector<std::string> warnings() const override { return set_->warnings(); }

 protected:
  const std::unique_ptr<ChunkSeriesSet> set_;
};

class ShardedSeries : public Filter {
 public:
  ShardedSeries(std::unique_ptr<ChunkSeriesSet> set, ShardInfo shard) : Filter(std::move(set)), shard_(std::move(shard)) {}
  bool Next() override {
    while (set_->Next()) {
      if (shard_.Contains(set_->At().labels)) return true;
    }
    return false;
  }

 private:
  const ShardInfo shard_;
};

class RelabelledSeries : public Filter {
 public:
  RelabelledSeries(std::unique_ptr<ChunkSeriesSet> set, Labels external, std::vector<std::string> without)
      : Filter(std::move(set)), external_(std::move(external)), without_(std::move(without)) {}
  bool Next() override {
    if (!set_->Next()) return false;
    set_->At().labels = WithExternalLabels(set_->At().labels, external_, without_);
    return true;
  }

 private:
  const Labels external_;
  const std::vector<std::string> without_;
};

class AggregatedSeries : public Filter {
 public:
  AggregatedSeries(std::unique_ptr<ChunkSeriesSet> set, std::vector<Aggregate> aggregates)
      : Filter(std::move(set)), aggregates_(std::move(aggregates)) {}
  bool Next() override {
    if (!set_->Next()) return false;
    std::erase_if(set_->At().chunks, [this](const ChunkView& chunk) {
      return chunk.aggregate != Aggregate::kRaw &&
             std::find(aggregates_.begin(), aggregates_.end(), chunk.aggregate) == aggregates_.end();
    });
    return true;
  }

 private:
  const std::vector<Aggregate> aggregates_;
};

class LimitedSeries : public Filter {
 public:
  LimitedSeries(std::unique_ptr<ChunkSeriesSet> set, uint64_t limit) : Filter(std::move(set)), left_(limit) {}
  bool Next() override {
    if (left_ == 0 || !set_->Next()) return false;
    --left_;
    return true;
  }

 private:
  uint64_t left_;
};

class NarrowedSeries : public Filter {
 public:
  NarrowedSeries(std::unique_ptr<ChunkSeriesSet> set, QueryRange range) : Filter(std::move(set)), range_(range) {}

  bool Next() override {
    if (!set_->Next()) return false;
    for (ChunkView& chunk : set_->At().chunks) {
      if (chunk.aggregate == Aggregate::kRaw) continue;
      chunk.min_time = std::max(chunk.min_time, range_.min);
      chunk.max_time = std::min(chunk.max_time, range_.max_inclusive);
    }
    return true;
  }

 private:
  const QueryRange range_;
};

}  // namespace

std::unique_ptr<ChunkSeriesSet> NewShardedSeries(std::unique_ptr<ChunkSeriesSet> set, ShardInfo shard) {
  if (shard.total <= 1) return set;
  return std::make_unique<ShardedSeries>(std::move(set), std::move(shard));
}

std::unique_ptr<ChunkSeriesSet> NewRelabelledSeries(std::unique_ptr<ChunkSeriesSet> set, Labels external,
                                                    std::vector<std::string> without) {
  if (external.empty() && without.empty()) return set;
  return SortChunkSeriesSet(std::make_unique<RelabelledSeries>(std::move(set), std::move(external), std::move(without)));
}

std::unique_ptr<ChunkSeriesSet> NewAggregatedSeries(std::unique_ptr<ChunkSeriesSet> set, std::vector<Aggregate> aggregates) {
  return std::make_unique<AggregatedSeries>(std::move(set), std::move(aggregates));
}

std::unique_ptr<ChunkSeriesSet> NewNarrowedSeries(std::unique_ptr<ChunkSeriesSet> set, QueryRange range) {
  return std::make_unique<NarrowedSeries>(std::move(set), range);
}

std::unique_ptr<ChunkSeriesSet> NewLimitedSeries(std::unique_ptr<ChunkSeriesSet> set, uint64_t limit) {
  if (limit == 0) return set;
  return std::make_unique<LimitedSeries>(std::move(set), limit);
}

}  // namespace varve
