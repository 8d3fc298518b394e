#include "blocks/compact/classify_overlap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blocks/testing/fake_blocks.h"

namespace varve {
namespace {

using testing::ElementsAre;

struct Block {
  int number;
  TimestampMs min, max;
  bool late = false;
  uint64_t samples = 1;
};

BlockMetas Make(const std::vector<Block>& blocks) {
  BlockMetas metas;
  for (const Block& block : blocks) {
    auto meta = std::make_shared<BlockMeta>();
    meta->id = FakeUlid(static_cast<uint64_t>(block.number));
    meta->range = {block.min, block.max};
    meta->stats.samples = block.samples;
    if (block.late) meta->compaction.hints = {"from-out-of-order"};
    metas.push_back(std::move(meta));
  }
  SortByMinTime(metas);
  return metas;
}

Labels Replica(const char* name) { return Labels{{"replica", name}}; }

TEST(ClassifyOverlapTest, TellsWhatAnOverlapMeans) {
  const std::map<Ulid, Labels> replicas = {{FakeUlid(1), Replica("a")}, {FakeUlid(2), Replica("b")}};
  EXPECT_EQ(ClassifyOverlap(Make({{1, 0, 20}, {2, 20, 40}}), {}), OverlapKind::kNone);
  EXPECT_EQ(ClassifyOverlap(Make({{1, 0, 20}, {2, 10, 40}}), {}), OverlapKind::kUnproven);
  EXPECT_EQ(ClassifyOverlap(Make({{1, 0, 20}, {2, 10, 40}}), replicas), OverlapKind::kReplicas);
  EXPECT_EQ(ClassifyOverlap(Make({{1, 0, 20}, {2, 0, 20, true}, {3, 5, 15, true}}), {}), OverlapKind::kLateSamples);
  EXPECT_EQ(ClassifyOverlap(Make({{1, 0, 20}, {3, 0, 20, true}, {4, 5, 15}}), {}), OverlapKind::kUnproven);
  EXPECT_EQ(ClassifyOverlap(Make({{1, 0, 20}, {2, 0, 20}, {3, 0, 20}, {4, 0, 20}}), replicas), OverlapKind::kUnproven)
      << "two blocks of neither replica";
}

TEST(ClassifyOverlapTest, TheUserDecidesAboutReplicasAndVerticalCompaction) {
  EXPECT_EQ(PolicyFor(OverlapKind::kUnproven, {}), OverlapPolicy::kStrict);
  EXPECT_EQ(PolicyFor(OverlapKind::kUnproven, {.vertical = true}), OverlapPolicy::kUnion);
  EXPECT_EQ(PolicyFor(OverlapKind::kUnproven, {.vertical = true, .penalty = true}), OverlapPolicy::kPenalty);
  EXPECT_EQ(PolicyFor(OverlapKind::kReplicas, {.vertical = true, .penalty = true}), OverlapPolicy::kPenalty);
  EXPECT_EQ(PolicyFor(OverlapKind::kLateSamples, {.vertical = true, .penalty = true}), OverlapPolicy::kUnion);
}

TEST(ClassifyOverlapTest, ReplicasAreNumberedByTheirLabels) {
  const std::map<Ulid, Labels> replicas = {{FakeUlid(1), Replica("b")}, {FakeUlid(2), Replica("a")}, {FakeUlid(3), Replica("b")}};
  EXPECT_THAT(NumberReplicas(Make({{1, 0, 10}, {2, 1, 10}, {3, 2, 10}, {4, 3, 10}}), replicas), ElementsAre(2, 1, 2, 0));
}

TEST(ClassifyOverlapTest, OfAConflictTheBlocksWithMoreSamplesStay) {
  std::vector<Ulid> ids;
  for (const auto& block :
       BlocksToQuarantine(Make({{1, 0, 20, false, 5}, {2, 10, 30, false, 9}, {3, 25, 40, false, 7}, {4, 40, 50}}))) {
    ids.push_back(block->id);
  }
  EXPECT_THAT(ids, ElementsAre(FakeUlid(3), FakeUlid(1)));
}

}  // namespace
}  // namespace varve
