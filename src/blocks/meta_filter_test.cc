#include "blocks/meta_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blocks/testing/fake_blocks.h"
#include "objstore/memory_bucket.h"
#include "objstore/testing/faulty_bucket.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr int64_t kHour = 3'600'000;

void Add(BlockMetaMap& metas, BlockMeta meta) { metas[meta.id] = std::make_shared<const BlockMeta>(std::move(meta)); }

std::vector<Ulid> IdsOf(const BlockMetaMap& metas) {
  std::vector<Ulid> ids;
  for (const auto& [id, meta] : metas) ids.push_back(id);
  return ids;
}

TEST(TimeRangeFilterTest, KeepsBlocksThatTouchTheRange) {
  BlockMetaMap metas;
  for (uint8_t n = 1; n <= 5; ++n) Add(metas, FakeMeta(FakeUlid(n), n * 2 * kHour));
  SyncedStates states;
  const auto filter = NewTimeRangeFilter([] { return QueryRange{.min = 6 * kHour, .max_inclusive = 8 * kHour}; });
  ASSERT_TRUE(filter->Filter(Context(), metas, states).ok());
  // Thanos compares maxTime, though exclusive, with >=: the block that ends at 6 h stays.
  EXPECT_THAT(IdsOf(metas), ElementsAre(FakeUlid(2), FakeUlid(3), FakeUlid(4)));
  EXPECT_THAT(states, ElementsAre(Pair("time-excluded", 2u)));
}

TEST(LabelShardFilterTest, RelabelsExternalLabelsAndTheBlockId) {
  BlockMetaMap metas;
  BlockMeta other = FakeMeta(FakeUlid(2));
  other.thanos->labels["cluster"] = "b";
  Add(metas, FakeMeta(FakeUlid(1)));
  Add(metas, other);
  Add(metas, FakeMeta(FakeUlid(3)));
  const auto rules = ParseSelectorRelabelRules(fmt::format(
      "- {{action: keep, source_labels: [cluster], regex: a}}\n- {{action: drop, source_labels: [__block_id], regex: {}}}\n",
      FakeUlid(3)));
  ASSERT_TRUE(rules.ok()) << rules.status();
  SyncedStates states;
  ASSERT_TRUE(NewLabelShardFilter(*rules)->Filter(Context(), metas, states).ok());
  EXPECT_THAT(IdsOf(metas), ElementsAre(FakeUlid(1)));
  EXPECT_EQ(states["label-excluded"], 2u);
}

TEST(LabelShardFilterTest, IgnoredLabelsDoNotShard) {
  BlockMetaMap metas;
  Add(metas, FakeMeta(FakeUlid(1)));
  const auto rules = ParseSelectorRelabelRules("- {action: drop, source_labels: [replica], regex: \"0\"}\n");
  ASSERT_TRUE(rules.ok()) << rules.status();
  SyncedStates states;
  ASSERT_TRUE(NewLabelShardFilter(*rules, {"replica"})->Filter(Context(), metas, states).ok());
  EXPECT_EQ(metas.size(), 1u);
}

TEST(ConsistencyDelayFilterTest, HidesFreshBlocksButNotReplacements) {
  FakeClock clock(1'000'000'000);
  const auto old_id = FakeUlid(1'000'000'000 - 31 * 60'000, 1);
  const auto fresh_id = FakeUlid(1'000'000'000 - 29 * 60'000, 2);
  BlockMetaMap metas;
  Add(metas, FakeMeta(old_id));
  Add(metas, FakeMeta(fresh_id));
  BlockMeta compacted = FakeMeta(FakeUlid(1'000'000'000, 3));
  compacted.thanos->source = "compactor";
  Add(metas, compacted);
  BlockMeta uploaded_late = FakeMeta(FakeUlid(5, 4));
  uploaded_late.thanos->upload_time = 1'000'000'000 - 1;
  Add(metas, uploaded_late);
  SyncedStates states;
  MetricsRegistry registry;
  ASSERT_TRUE(NewConsistencyDelayFilter(std::chrono::minutes(30), clock, registry)->Filter(Context(), metas, states).ok());
  EXPECT_THAT(MetricsAsText(registry), testing::HasSubstr("thanos_consistency_delay_seconds 1800\n"));
  EXPECT_THAT(IdsOf(metas), ElementsAre(old_id, compacted.id));
  EXPECT_EQ(states["too-fresh"], 2u);
}

TEST(DuplicateFilterTest, DropsBlocksWhoseSourcesAreCovered) {
  const auto block = [](uint8_t n, std::vector<uint8_t> sources, int64_t resolution = 0) {
    BlockMeta meta = FakeMeta(FakeUlid(n));
    meta.compaction.sources.clear();
    for (const uint8_t source : sources) meta.compaction.sources.push_back(FakeUlid(source));
    meta.thanos->resolution_ms = resolution;
    return meta;
  };
  struct Case {
    std::string_view name;
    std::vector<BlockMeta> blocks;
    std::vector<Ulid> kept;
  };
  const Case cases[] = {
      {"disjoint", {block(1, {1}), block(2, {2})}, {FakeUlid(1), FakeUlid(2)}},
      {"compacted", {block(1, {1}), block(2, {2}), block(9, {1, 2})}, {FakeUlid(9)}},
      {"same sources: the older", {block(3, {1, 2}), block(4, {1, 2})}, {FakeUlid(3)}},
      {"partly covered", {block(1, {1, 2}), block(2, {2, 3})}, {FakeUlid(1), FakeUlid(2)}},
      {"covered by no single one",
       {block(1, {1, 2, 3}), block(2, {4, 5, 6}), block(3, {3, 4})},
       {FakeUlid(1), FakeUlid(2), FakeUlid(3)}},
      {"two levels", {block(1, {1}), block(5, {1, 2}), block(6, {1, 2, 3})}, {FakeUlid(6)}},
      {"other resolution", {block(1, {1}), block(2, {1}, 300'000)}, {FakeUlid(1), FakeUlid(2)}},
      {"repeated source", {block(1, {1, 1, 2}), block(2, {1, 3})}, {FakeUlid(1), FakeUlid(2)}},
  };
  for (const Case& c : cases) {
    BlockMetaMap metas;
    for (const BlockMeta& meta : c.blocks) Add(metas, meta);
    SyncedStates states;
    ASSERT_TRUE(NewDuplicateFilter()->Filter(Context(), metas, states).ok());
    EXPECT_EQ(IdsOf(metas), c.kept) << c.name;
  }
}

class DeletionMarkFilterTest : public testing::Test {
 protected:
  FaultyBucket bucket_{NewMemoryBucket()};
  Executor executor_{"io", 2};
  FakeClock clock_{1'000'000'000};
  DeletionMarkFilter filter_{bucket_, executor_, clock_, Logger(LogLevel::kError), std::chrono::hours(24)};
};

TEST_F(DeletionMarkFilterTest, HidesBlocksAfterTheDelayAndKnowsAllMarks) {
  BlockMetaMap metas;
  for (uint8_t n = 1; n <= 3; ++n) Add(metas, FakeMeta(FakeUlid(n)));
  const int64_t now_s = 1'000'000;
  ASSERT_TRUE(WriteMark(Context(), bucket_, MarkKind::kDeletion, {.id = FakeUlid(1), .time_s = now_s - 86'401}).ok());
  ASSERT_TRUE(WriteMark(Context(), bucket_, MarkKind::kDeletion, {.id = FakeUlid(2), .time_s = now_s - 86'400}).ok());
  SyncedStates states;
  ASSERT_TRUE(filter_.Filter(Context(), metas, states).ok());
  EXPECT_THAT(IdsOf(metas), ElementsAre(FakeUlid(2), FakeUlid(3)));
  EXPECT_EQ(states["marked-for-deletion"], 1u);
  EXPECT_EQ(filter_.marks().size(), 2u);
}

TEST_F(DeletionMarkFilterTest, ABucketThatCannotBeReadFailsTheSync) {
  BlockMetaMap metas;
  Add(metas, FakeMeta(FakeUlid(1)));
  bucket_.Set({.fail = 1});
  SyncedStates states;
  EXPECT_TRUE(absl::IsUnavailable(filter_.Filter(Context(), metas, states)));
  EXPECT_EQ(metas.size(), 1u);
}

}  // namespace
}  // namespace varve
