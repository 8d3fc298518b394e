#include "blocks/compact/plan_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blocks/testing/fake_blocks.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Blocks are named by their number; ranges are 20, 60 and 180 here, as in upstream's tests.
const std::vector<int64_t> kRanges = {20, 60, 180, 540, 1620};

struct Block {
  int number;
  TimestampMs min, max;
  uint64_t tombstones = 0, series = 0;
  bool failed = false;
};

BlockMetas Make(const std::vector<Block>& blocks) {
  BlockMetas metas;
  for (const Block& block : blocks) {
    auto meta = std::make_shared<BlockMeta>();
    meta->id = FakeUlid(static_cast<uint64_t>(block.number));
    meta->range = {block.min, block.max};
    meta->stats = {.series = block.series, .tombstones = block.tombstones};
    meta->compaction.failed = block.failed;
    metas.push_back(std::move(meta));
  }
  SortByMinTime(metas);
  return metas;
}

std::vector<int> Plan(const std::vector<Block>& blocks, const std::vector<int>& excluded = {}) {
  std::set<Ulid> ids;
  for (const int number : excluded) ids.insert(FakeUlid(static_cast<uint64_t>(number)));
  std::vector<int> numbers;
  for (const auto& block : PlanBlocks(Make(blocks), ids, kRanges)) numbers.push_back(static_cast<int>(block->id.unix_ms()));
  return numbers;
}

TEST(PlanBlocksTest, WaitsForWindowsToFill) {
  EXPECT_THAT(Plan({{1, 0, 20}}), IsEmpty());
  EXPECT_THAT(Plan({{1, 0, 20}, {2, 20, 40}}), IsEmpty());
  EXPECT_THAT(Plan({{1, 0, 20}, {2, 20, 40}, {3, 40, 60}}), IsEmpty()) << "the newest is left alone";
  EXPECT_THAT(Plan({{1, 0, 20}, {2, 20, 40}, {3, 40, 60}, {4, 60, 80}}), ElementsAre(1, 2, 3));
  EXPECT_THAT(Plan({{1, 0, 20}, {2, 20, 40}, {4, 60, 80}, {5, 80, 100}}), ElementsAre(1, 2)) << "before the newest, with a gap";
}

TEST(PlanBlocksTest, GoesFromSmallToLarge) {
  EXPECT_THAT(Plan({{1, 0, 60}, {2, 60, 120}, {3, 120, 180}, {4, 180, 240}}), ElementsAre(1, 2, 3));
  EXPECT_THAT(Plan({{1, 0, 60}, {4, 60, 80}, {5, 80, 100}, {6, 100, 120}, {7, 120, 140}}), ElementsAre(4, 5, 6));
  EXPECT_THAT(Plan({{1, 0, 20}, {2, 20, 40}, {3, 40, 60}, {4, 1000, 1020}}), ElementsAre(1, 2, 3));
}

TEST(PlanBlocksTest, NegativeTimesAreAlignedDownwards) {
  EXPECT_THAT(Plan({{1, -60, -40}, {2, -40, -20}, {3, -20, 0}, {4, 0, 20}}), ElementsAre(1, 2, 3));
}

TEST(PlanBlocksTest, OverlapsComeFirst) {
  EXPECT_THAT(Plan({{1, 0, 20}, {2, 19, 40}, {3, 40, 60}}), ElementsAre(1, 2));
  EXPECT_THAT(Plan({{1, 0, 20}, {2, 20, 40}, {3, 20, 40}}), ElementsAre(2, 3));
  EXPECT_THAT(Plan({{1, 0, 100}, {2, 10, 20}, {3, 30, 40}, {4, 100, 120}}), ElementsAre(1, 2, 3));
  EXPECT_THAT(Plan({{1, 0, 20}, {2, 10, 20}}, {2}), IsEmpty());
}

TEST(PlanBlocksTest, ExcludedBlocksDivideWindows) {
  const std::vector<Block> blocks = {{1, 0, 20}, {2, 20, 40}, {3, 40, 60}, {4, 60, 80}};
  EXPECT_THAT(Plan(blocks, {1}), ElementsAre(2, 3));
  EXPECT_THAT(Plan(blocks, {2}), IsEmpty());
  EXPECT_THAT(Plan(blocks, {3}), ElementsAre(1, 2));
  EXPECT_THAT(Plan(blocks, {4}), ElementsAre(1, 2, 3));
  EXPECT_THAT(Plan({{1, 0, 20}, {2, 20, 40}, {3, 40, 60}, {4, 60, 80}, {5, 20, 30}}, {5}), ElementsAre(1, 2, 3))
      << "another has its time";
}

TEST(PlanBlocksTest, FailedBlocksHoldTheirWindow) {
  EXPECT_THAT(Plan({{1, 0, 20}, {2, 20, 40, 0, 0, true}, {3, 40, 60}, {4, 60, 80}}), IsEmpty());
}

TEST(PlanBlocksTest, LongBlocksWithMuchDeletedAreRewritten) {
  EXPECT_THAT(Plan({{1, 0, 540, 10, 20}, {2, 540, 560}}), ElementsAre(1));
  EXPECT_THAT(Plan({{1, 0, 540, 1, 100}, {2, 540, 560}}), IsEmpty());
  EXPECT_THAT(Plan({{1, 0, 60, 10, 20}, {2, 60, 80}}), IsEmpty()) << "too short";
  EXPECT_THAT(Plan({{1, 0, 540, 10, 20}}), IsEmpty()) << "the newest";
}

TEST(PlanBlocksTest, PlansThatDoNotDependOnEachOtherComeTogether) {
  std::vector<Block> blocks;
  for (int i = 0; i < 10; ++i) blocks.push_back({i + 1, i * 20, i * 20 + 20});
  const std::vector<BlockMetas> plans = PlanAllBlocks(Make(blocks), {}, kRanges);
  ASSERT_EQ(plans.size(), 3u);  // the window of 180 needs what these make
  for (size_t i = 0; i < plans.size(); ++i) {
    EXPECT_EQ(plans[i].size(), 3u);
    EXPECT_EQ(plans[i].front()->range.min, static_cast<TimestampMs>(i) * 60);
  }
}

TEST(PlanBlocksTest, TheMergedBlockSaysWhereItCameFrom) {
  BlockMetas blocks = Make({{1, 0, 20}, {2, 20, 40}});
  BlockMeta first = *blocks[0];
  first.compaction = {.level = 3, .sources = {FakeUlid(8), FakeUlid(9)}, .hints = {"from-out-of-order"}};
  BlockMeta second = *blocks[1];
  second.compaction = {.level = 1, .sources = {FakeUlid(2)}};
  blocks = {std::make_shared<const BlockMeta>(first), std::make_shared<const BlockMeta>(second)};
  const BlockCompaction merged = MergedCompaction(blocks);
  EXPECT_EQ(merged.level, 4);
  EXPECT_THAT(merged.sources, ElementsAre(FakeUlid(2), FakeUlid(8), FakeUlid(9)));
  ASSERT_EQ(merged.parents.size(), 2u);
  EXPECT_EQ(merged.parents[1].id, FakeUlid(2));
  EXPECT_THAT(merged.hints, IsEmpty()) << "not all of it is out of order";
  EXPECT_EQ(MergedRange(blocks), (BlockRange{0, 40}));
}

}  // namespace
}  // namespace varve
