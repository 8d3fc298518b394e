#include "blocks/compact/plan_blocks.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "base/check.h"

namespace varve {
namespace {

constexpr int64_t kHourMs = 3'600'000;
constexpr double kTombstonesShare = 0.05;
constexpr std::string_view kHintOutOfOrder = "from-out-of-order";

int64_t WindowStart(TimestampMs time, int64_t range) {
  const int64_t windows = time >= 0 ? time / range : (time - range + 1) / range;
  return windows * range;
}

// Blocks that lie together in a window of `range`; those that fit into none are left out.
std::vector<BlockMetas> SplitByRange(const BlockMetas& blocks, int64_t range) {
  std::vector<BlockMetas> windows;
  for (size_t i = 0; i < blocks.size();) {
    const TimestampMs end = WindowStart(blocks[i]->range.min, range) + range;
    if (blocks[i]->range.max_exclusive > end) {
      ++i;
      continue;
    }
    BlockMetas& window = windows.emplace_back();
    for (; i < blocks.size() && blocks[i]->range.max_exclusive <= end; ++i) window.push_back(blocks[i]);
  }
  return windows;
}

// Whether a block that is not excluded has all of the time of `block`: then leaving it out makes no gap.
bool IsCovered(const BlockMeta& block, const BlockMetas& window, const std::set<Ulid>& excluded) {
  return std::ranges::any_of(window, [&](const auto& other) {
    return !excluded.contains(other->id) && other->range.min <= block.range.min &&
           other->range.max_exclusive >= block.range.max_exclusive;
  });
}

// The first part of the window between excluded blocks that has something to be joined.
BlockMetas FirstPart(const BlockMetas& window, const std::set<Ulid>& excluded) {
  BlockMetas part;
  for (const auto& block : window) {
    if (!excluded.contains(block->id)) {
      part.push_back(block);
      continue;
    }
    if (IsCovered(*block, window, excluded)) continue;
    if (part.size() > 1) return part;
    part.clear();
  }
  return part.size() > 1 ? part : BlockMetas();
}

BlockMetas FirstWindow(const BlockMetas& blocks, const std::set<Ulid>& excluded, std::span<const int64_t> ranges) {
  if (ranges.size() < 2 || blocks.empty()) return {};
  const TimestampMs newest = blocks.back()->range.min;
  for (const int64_t range : ranges.subspan(1)) {
    for (const BlockMetas& window : SplitByRange(blocks, range)) {
      const bool failed = std::ranges::any_of(window, [](const auto& block) { return block->compaction.failed; });
      if (failed || window.size() < 2) continue;
      const TimestampMs end = window.back()->range.max_exclusive;
      const bool full = end - window.front()->range.min == range;
      if (!full && end > newest) continue;  // another block may still come into it
      BlockMetas part = FirstPart(window, excluded);
      if (!part.empty()) return part;
    }
  }
  return {};
}

bool IsMuchDeleted(const BlockMeta& block) {
  return static_cast<double>(block.stats.tombstones) / static_cast<double>(block.stats.series + 1) > kTombstonesShare;
}

}  // namespace

std::vector<int64_t> CompactionRangesMs(size_t max_level) {
  std::vector<int64_t> ranges = {kHourMs, 2 * kHourMs, 8 * kHourMs, 48 * kHourMs, 14 * 24 * kHourMs};
  ranges.resize(std::min(max_level + 1, ranges.size()));
  return ranges;
}

void SortByMinTime(BlockMetas& blocks) {
  std::ranges::sort(blocks, {}, [](const auto& block) { return std::pair(block->range.min, block->id); });
}

BlockMetas FirstOverlap(const BlockMetas& blocks) {
  BlockMetas overlapping;
  TimestampMs end = std::numeric_limits<TimestampMs>::min();
  for (size_t i = 0; i < blocks.size(); ++i) {
    if (i > 0 && blocks[i]->range.min < end) {
      if (overlapping.empty()) overlapping.push_back(blocks[i - 1]);
      overlapping.push_back(blocks[i]);
    } else if (!overlapping.empty()) {
      break;
    }
    end = std::max(end, blocks[i]->range.max_exclusive);
  }
  return overlapping;
}

BlockMetas PlanBlocks(const BlockMetas& blocks, const std::set<Ulid>& excluded, std::span<const int64_t> ranges) {
  BlockMetas included;
  std::ranges::copy_if(blocks, std::back_inserter(included), [&](const auto& block) { return !excluded.contains(block->id); });
  if (BlockMetas overlapping = FirstOverlap(included); !overlapping.empty()) return overlapping;
  if (blocks.size() < 2) return {};
  const BlockMetas settled(blocks.begin(), blocks.end() - 1);
  if (BlockMetas window = FirstWindow(settled, excluded, ranges); !window.empty()) return window;

  if (!included.empty() && included.back() == blocks.back()) included.pop_back();
  for (auto block = included.rbegin(); block != included.rend(); ++block) {
    if ((*block)->range.max_exclusive - (*block)->range.min < ranges[ranges.size() / 2]) break;
    if (IsMuchDeleted(**block)) return {*block};
  }
  return {};
}

std::vector<BlockMetas> PlanAllBlocks(BlockMetas blocks, const std::set<Ulid>& excluded, std::span<const int64_t> ranges) {
  std::vector<BlockMetas> plans;
  std::set<Ulid> unmade;  // blocks that plans before will make
  uint64_t next = 0;
  while (true) {
    BlockMetas plan = PlanBlocks(blocks, excluded, ranges);
    if (plan.empty()) return plans;
    if (std::ranges::any_of(plan, [&](const auto& block) { return unmade.contains(block->id); })) return plans;
    std::erase_if(blocks, [&](const auto& block) { return std::ranges::find(plan, block) != plan.end(); });
    auto made = std::make_shared<BlockMeta>();
    made->id = Ulid::FromTime(next++, {});
    made->range = MergedRange(plan);
    unmade.insert(made->id);
    blocks.push_back(std::move(made));
    SortByMinTime(blocks);
    plans.push_back(std::move(plan));
  }
}

BlockRange MergedRange(const BlockMetas& inputs) {
  VARVE_CHECK(!inputs.empty());
  BlockRange range = inputs.front()->range;
  for (const auto& input : inputs) {
    range.min = std::min(range.min, input->range.min);
    range.max_exclusive = std::max(range.max_exclusive, input->range.max_exclusive);
  }
  return range;
}

BlockCompaction MergedCompaction(const BlockMetas& inputs) {
  BlockCompaction merged;
  std::set<Ulid> sources;
  std::set<std::string> hints;
  bool all_out_of_order = true;
  for (const auto& input : inputs) {
    merged.level = std::max(merged.level, input->compaction.level);
    sources.insert(input->compaction.sources.begin(), input->compaction.sources.end());
    merged.parents.push_back({input->id, input->range});
    const std::vector<std::string>& theirs = input->compaction.hints;
    hints.insert(theirs.begin(), theirs.end());
    all_out_of_order &= std::ranges::find(theirs, kHintOutOfOrder) != theirs.end();
  }
  ++merged.level;
  merged.sources.assign(sources.begin(), sources.end());
  if (!all_out_of_order) hints.erase(std::string(kHintOutOfOrder));
  merged.hints.assign(hints.begin(), hints.end());
  return merged;
}

}  // namespace varve
