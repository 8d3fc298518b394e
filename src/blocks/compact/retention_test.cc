#include "blocks/compact/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blocks/testing/compact_world.h"
#include "blocks/testing/fake_blocks.h"

namespace varve {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr TimestampMs kDay = 24 * 3'600'000;
constexpr int64_t k5m = 300'000, k1h = 3'600'000;

struct Block {
  int number;
  int64_t resolution_ms;
  TimestampMs min_day, max_day;
  std::vector<int> sources;
};

BlockMetaMap Make(const std::vector<Block>& blocks) {
  BlockMetaMap metas;
  for (const Block& block : blocks) {
    BlockMeta meta = FakeMeta(FakeUlid(static_cast<uint64_t>(block.number)), block.min_day * kDay);
    meta.range = {block.min_day * kDay, block.max_day * kDay};
    meta.thanos->resolution_ms = block.resolution_ms;
    meta.thanos->files = {{.rel_path = "index", .size_bytes = 100}};
    meta.compaction.sources.clear();
    for (const int source : block.sources) meta.compaction.sources.push_back(FakeUlid(1000 + static_cast<uint64_t>(source)));
    metas.emplace(meta.id, std::make_shared<const BlockMeta>(meta));
  }
  return metas;
}

// What becomes of block 1: "kept", "expires" or "held", on day 100.
std::string Fate(const std::vector<Block>& blocks, const RetentionPolicy& policy, std::set<Ulid> marked = {}) {
  for (const RetentionDecision& decision : PlanRetention(Make(blocks), 100 * kDay, policy, marked)) {
    if (decision.block->id == FakeUlid(1)) return decision.expires ? "expires" : "held";
  }
  return "kept";
}

TEST(RetentionTest, ABlockExpiresWithItsNewestSample) {
  const RetentionPolicy policy{.retention_ms = {{0, 30 * kDay}}, .interlock = false};
  EXPECT_EQ(Fate({{1, 0, 50, 52, {1}}}, policy), "expires");
  EXPECT_EQ(Fate({{1, 0, 60, 70, {1}}}, policy), "kept") << "exactly as old as its retention";
  EXPECT_EQ(Fate({{1, 0, 60, 71, {1}}}, policy), "kept");
  EXPECT_EQ(Fate({{1, k5m, 0, 1, {1}}}, policy), "kept") << "no retention is for ever";
}

TEST(RetentionTest, TheInterlockWaitsForTheNextResolution) {
  const RetentionPolicy policy{.retention_ms = {{0, 30 * kDay}, {k5m, 0}, {k1h, 0}}};
  const Block raw{1, 0, 0, 14, {1, 2}};
  EXPECT_EQ(Fate({raw}, policy), "held");
  EXPECT_EQ(Fate({raw, {2, k5m, 0, 14, {1, 2}}}, policy), "expires");
  EXPECT_EQ(Fate({raw, {2, k5m, 0, 7, {1}}, {3, k5m, 7, 14, {2}}}, policy), "expires") << "several may cover it";
  EXPECT_EQ(Fate({raw, {2, k5m, 0, 14, {1}}}, policy), "held") << "a source is missing";
  EXPECT_EQ(Fate({raw, {2, k5m, 0, 7, {1, 2}}}, policy), "held") << "half of the range is missing";
  EXPECT_EQ(Fate({raw, {2, k1h, 0, 14, {1, 2}}}, policy), "held") << "1h is not what comes next";
  EXPECT_EQ(Fate({raw, {2, k5m, 0, 14, {1, 2}}}, policy, {FakeUlid(2)}), "held") << "it is to be deleted itself";
}

TEST(RetentionTest, AResolutionWhoseOwnRetentionHasPassedIsNotWaitedFor) {
  const Block raw{1, 0, 0, 14, {1}};
  EXPECT_EQ(Fate({raw}, {.retention_ms = {{0, 30 * kDay}, {k5m, 60 * kDay}, {k1h, 0}}}), "held");
  EXPECT_EQ(Fate({raw, {2, k1h, 0, 14, {1}}}, {.retention_ms = {{0, 30 * kDay}, {k5m, 60 * kDay}, {k1h, 0}}}), "expires");
  EXPECT_EQ(Fate({raw}, {.retention_ms = {{0, 30 * kDay}, {k5m, 60 * kDay}, {k1h, 80 * kDay}}}), "expires")
      << "all of them would have let it go";
}

TEST(RetentionTest, TheCoarsestHasNoSuccessor) {
  EXPECT_EQ(Fate({{1, k1h, 0, 14, {1}}}, {.retention_ms = {{k1h, 30 * kDay}}}), "expires");
  EXPECT_EQ(Fate({{1, k5m, 0, 14, {1}}}, {.retention_ms = {{k5m, 30 * kDay}}}), "held");
}

TEST(RetentionTest, OtherProducersDoNotCount) {
  BlockMetaMap blocks = Make({{1, 0, 0, 14, {1}}, {2, k5m, 0, 14, {1}}});
  BlockMeta other = *blocks.at(FakeUlid(2));
  other.thanos->labels = {{"cluster", "other"}};
  blocks[other.id] = std::make_shared<const BlockMeta>(other);
  const auto decisions = PlanRetention(blocks, 100 * kDay, {.retention_ms = {{0, kDay}}}, {});
  ASSERT_THAT(decisions, SizeIs(1));
  EXPECT_FALSE(decisions[0].expires);
  EXPECT_THAT(decisions[0].reason, HasSubstr("its raw data is not downsampled to 5m yet"));
}

// With a real bucket: a successor that is not whole does not count, and a dry run changes nothing.
TEST(RetentionTest, ChecksSuccessorsAndMarks) {
  CompactServiceOptions options;
  options.retention.retention_ms = {{0, kDay}, {k5m, 0}, {k1h, 0}};
  options.retention_dry_run = true;
  CompactWorld world(options);
  BlockBuilder builder;
  for (int i = 0; i < 10; ++i) builder.Add(Labels{{"a", "1"}}, i * 1000, i);
  BlockWriterOptions writer;
  writer.compaction = {.level = 1, .sources = {Ulid::New()}};
  const Ulid raw = world.Put(builder, {{"cluster", "a"}}, writer);
  world.Settle();
  EXPECT_FALSE(world.HasObject(raw, "deletion-mark.json"));

  writer.thanos = ThanosMeta{.resolution_ms = k5m, .source = "compactor"};
  const Ulid downsampled = world.Put(builder, {{"cluster", "a"}}, writer);
  const IterationReport dry = world.Settle();
  EXPECT_EQ(dry.retention.blocks, 1u);
  EXPECT_GT(dry.retention.bytes, 0u);
  EXPECT_FALSE(world.HasObject(raw, "deletion-mark.json"));

  world.options.retention_dry_run = false;
  world.NewService();
  const std::string index = world.Object(downsampled, "index");
  world.Replace(downsampled, "index", index.substr(1));
  const IterationReport held = world.Settle();
  EXPECT_EQ(held.retention.held_blocks, 1u);
  EXPECT_THAT(MetricsAsText(world.registry), testing::HasSubstr("varve_compact_retention_held_blocks 1\n"));
  EXPECT_FALSE(world.HasObject(raw, "deletion-mark.json"));
  world.Replace(downsampled, "index", index);
  world.Settle();
  EXPECT_TRUE(world.HasObject(raw, "deletion-mark.json"));
}

}  // namespace
}  // namespace varve
