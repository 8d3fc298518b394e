#include "store/sharded_series.h"

#include <utility>

namespace varve {
namespace {

class ShardedSeries : public ChunkSeriesSet {
 public:
  ShardedSeries(std::unique_ptr<ChunkSeriesSet> set, ShardInfo shard) : set_(std::move(set)), shard_(std::move(shard)) {}

  bool Next() override {
    while (set_->Next()) {
      if (shard_.Contains(set_->At().labels)) return true;
    }
    return false;
  }
  ChunkSeries& At() override { return set_->At(); }
  const absl::Status& status() const override { return set_->status(); }
  std::vector<std::string> warnings() const override { return set_->warnings(); }

 private:
  std::unique_ptr<ChunkSeriesSet> set_;
  const ShardInfo shard_;
};

}  // namespace

std::unique_ptr<ChunkSeriesSet> NewShardedSeries(std::unique_ptr<ChunkSeriesSet> set, ShardInfo shard) {
  if (shard.total <= 1) return set;
  return std::make_unique<ShardedSeries>(std::move(set), std::move(shard));
}

}  // namespace varve
