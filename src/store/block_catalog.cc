#include "store/block_catalog.h"

#include <algorithm>
#include <utility>

#include "blocks/block_group.h"

namespace varve {

BlockSet::BlockSet(Labels external_labels, Blocks blocks) : external_labels_(std::move(external_labels)) {
  range_ = {kMaxTimestamp, kMinTimestamp};
  for (auto& block : blocks) {
    range_.min = std::min(range_.min, block->meta().range.min);
    range_.max_inclusive = std::max(range_.max_inclusive, block->meta().range.max_exclusive);
    by_resolution_[ResolutionMsOf(block->meta())].push_back(std::move(block));
  }
  for (auto& [resolution, of_resolution] : by_resolution_) {
    std::sort(of_resolution.begin(), of_resolution.end(), [](const auto& a, const auto& b) {
      return a->meta().range.min != b->meta().range.min ? a->meta().range.min < b->meta().range.min : a->id() < b->id();
    });
  }
}

BlockSet::Blocks BlockSet::Choose(QueryRange range, int64_t max_resolution_ms) const {
  Blocks chosen;
  const auto coarsest = std::make_reverse_iterator(by_resolution_.upper_bound(max_resolution_ms));
  Fill(range, coarsest, chosen);
  return chosen;
}

void BlockSet::Fill(QueryRange range, Level level, Blocks& out) const {
  if (range.min > range.max_inclusive || level == by_resolution_.rend()) return;
  const Level finer = std::next(level);
  TimestampMs start = range.min;  // covered up to here
  for (const auto& block : level->second) {
    const BlockRange times = block->meta().range;
    if (times.max_exclusive <= range.min) continue;
    if (times.min > range.max_inclusive) break;
    if (times.min > start) Fill({start, times.min - 1}, finer, out);
    out.push_back(block);
    start = std::max(start, times.max_exclusive);
  }
  Fill({start, range.max_inclusive}, finer, out);
}

BlockCatalog::BlockCatalog(std::map<Ulid, std::shared_ptr<const BucketBlock>> blocks, std::map<Ulid, FrozenObject> frozen)
    : blocks_(std::move(blocks)), frozen_(std::move(frozen)) {
  std::map<Labels, std::vector<std::shared_ptr<const BucketBlock>>> by_labels;
  for (const auto& [id, block] : blocks_) by_labels[ExternalLabelsOf(block->meta())].push_back(block);
  for (auto& [labels, of_labels] : by_labels) sets_.emplace_back(labels, std::move(of_labels));
}

size_t BlockCatalog::FrozenSince(TimestampMs min) const {
  return static_cast<size_t>(std::count_if(frozen_.begin(), frozen_.end(), [min](const auto& entry) {
    return min < 0 || entry.first.unix_ms() >= static_cast<uint64_t>(min);
  }));
}

}  // namespace varve
