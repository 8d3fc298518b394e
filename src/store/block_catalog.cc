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

std::vector<BlockSet::Choice> BlockSet::Choose(QueryRange range, int64_t max_resolution_ms,
                                               int64_t fallback_resolution_ms) const {
  std::vector<Choice> chosen;
  std::vector<QueryRange> open = {range};
  const auto take = [&](const Blocks& blocks) {
    std::vector<QueryRange> still_open;
    for (const QueryRange& gap : open) {
      for (const QueryRange& left : Take(gap, blocks, gap != range, chosen)) still_open.push_back(left);
    }
    open = std::move(still_open);
  };
  const auto coarser = by_resolution_.upper_bound(max_resolution_ms);
  for (auto level = std::make_reverse_iterator(coarser); level != by_resolution_.rend(); ++level) take(level->second);
  for (auto level = coarser; level != by_resolution_.end() && level->first <= fallback_resolution_ms; ++level)
    take(level->second);
  const auto start = [](const Choice& choice) { return std::max(choice.range.min, choice.block->meta().range.min); };
  std::stable_sort(chosen.begin(), chosen.end(), [&](const Choice& a, const Choice& b) { return start(a) < start(b); });
  return chosen;
}

std::vector<QueryRange> BlockSet::Take(QueryRange range, const Blocks& blocks, bool narrowed, std::vector<Choice>& out) {
  std::vector<QueryRange> left;
  if (range.min > range.max_inclusive) return left;
  TimestampMs start = range.min;  // covered up to here
  for (const auto& block : blocks) {
    const BlockRange times = block->meta().range;
    if (times.max_exclusive <= range.min) continue;
    if (times.min > range.max_inclusive) break;
    if (times.min > start) left.push_back({start, times.min - 1});
    out.push_back({block, range, narrowed});
    start = std::max(start, times.max_exclusive);
  }
  if (start <= range.max_inclusive) left.push_back({start, range.max_inclusive});
  return left;
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
