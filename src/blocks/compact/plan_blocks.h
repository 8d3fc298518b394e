// Which blocks of a group to compact into one.
//
// Shape    blocks that overlap come first, whatever their length. Then windows aligned to 2 h, 8 h, 2 d, 14 d, from small to
//          large: a window with at least two blocks is taken once it is full, or lies before the newest block. The newest block
//          is left alone until there is a newer one. Then long blocks of which much is deleted.
//          A block that is excluded divides its window, unless another has all of its time: what is on one side of it is not
//          joined with what is on the other.
// Threads  free functions over values.
// Source   thanos pkg/compact/planner.go tsdbBasedPlanner; prometheus tsdb/compact.go plan.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "base/ulid.h"
#include "tsdb/block_meta.h"

namespace varve {

using BlockMetas = std::vector<std::shared_ptr<const BlockMeta>>;

// 1 h, 2 h, 8 h, 2 d, 14 d; the first is only the base of the others. `max_level` (0 to 4) leaves out the longest.
std::vector<int64_t> CompactionRangesMs(size_t max_level = 4);

void SortByMinTime(BlockMetas& blocks);  // equal ones by id

// The first run of overlapping blocks among `blocks`, which are by min time; empty if none overlap.
BlockMetas FirstOverlap(const BlockMetas& blocks);

// `blocks` are by min time, of one group. Empty if there is nothing to be done.
BlockMetas PlanBlocks(const BlockMetas& blocks, const std::set<Ulid>& excluded, std::span<const int64_t> ranges_ms);

// Plans that have no block in common and can be carried out at once.
std::vector<BlockMetas> PlanAllBlocks(BlockMetas blocks, const std::set<Ulid>& excluded, std::span<const int64_t> ranges_ms);

// What meta.json says of a block made of `inputs`: its range, level, sources, parents and hints.
BlockRange MergedRange(const BlockMetas& inputs);
BlockCompaction MergedCompaction(const BlockMetas& inputs);

}  // namespace varve
