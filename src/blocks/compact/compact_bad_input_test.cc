// Buckets that are not as they should be: what is wrong stays where it is, with a reason, and the rest goes on. More of it:
// compact_service_test.cc (damaged and missing files, conflicts, no labels, the future) and the simulation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blocks/block_names.h"
#include "blocks/testing/compact_world.h"
#include "blocks/testing/two_hours.h"

namespace varve {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

// Eight hours and the newest block, of two clusters; the ids of the first one.
std::vector<Ulid> PutTwoClusters(CompactWorld& world) {
  std::vector<Ulid> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(world.Put(TwoHours(i * 2 * kHour, i), Cluster("a"), Range(i * 2 * kHour)));
    world.Put(TwoHours(i * 2 * kHour, 100 + i, /*offset=*/7'000), Cluster("b"), Range(i * 2 * kHour));
  }
  return ids;
}

size_t CountLive(CompactWorld& world, const std::string& cluster) {
  const std::vector<BlockMeta> blocks = world.LiveBlocks();
  return static_cast<size_t>(
      std::ranges::count_if(blocks, [&](const BlockMeta& block) { return block.thanos->labels == Cluster(cluster); }));
}

TEST(CompactBadInputTest, AnIndexThatLies) {
  for (const char* part : {"index", "chunks/000001"}) {  // each right in itself, but another block's
    CompactWorld world;
    const std::vector<Ulid> ids = PutTwoClusters(world);
    const std::string right = world.Object(ids[1], part);
    world.Replace(ids[1], part, world.Object(ids[2], part));
    const IterationReport report = world.Settle();
    EXPECT_FALSE(world.HasObject(ids[1], "deletion-mark.json")) << part;
    EXPECT_TRUE(world.HasObject(ids[1], "no-compact-mark.json") || !report.Summary().ok()) << part;
    EXPECT_EQ(CountLive(world, "b"), 2u) << "eight hours, the newest";
    EXPECT_THAT(MetricsAsText(world.registry), HasSubstr("thanos_compact_halted 0"));
  }
}

TEST(CompactBadInputTest, TwoCompactorsOfTheSameBlocks) {
  CompactWorld world;
  const std::vector<Ulid> sources = {Ulid::New(), Ulid::New(), Ulid::New(), Ulid::New()};
  const auto put = [&](int first, int count) {
    BlockBuilder builder;
    for (int i = first; i < first + count; ++i) {
      for (int k = 0; k < 60; ++k) builder.Add(Labels{{"a", "1"}}, i * 2 * kHour + k * 60'000, i * 100 + k);
    }
    BlockWriterOptions options = Range(first * 2 * kHour, count * 2);
    options.compaction = {.level = 2, .sources = {sources.begin() + first, sources.begin() + first + count}};
    return world.Put(builder, Cluster("a"), options);
  };
  put(0, 3);
  put(0, 3);  // the same again
  put(1, 3);
  const Content before = world.Content();
  EXPECT_TRUE(world.Settle().Summary().ok());
  ExpectSame(world.Content(), before);
  ASSERT_THAT(world.LiveBlocks(), SizeIs(1));
  EXPECT_THAT(world.LiveBlocks()[0].compaction.sources, SizeIs(4));
}

TEST(CompactBadInputTest, ABucketThatDeniesDeletes) {
  CompactWorld world;
  const std::vector<Ulid> ids = PutTwoClusters(world);
  const Content before = world.Content();
  world.bucket.Set({.deny_deletes = true});
  EXPECT_TRUE(world.Settle().Summary().ok()) << "compaction needs none";
  EXPECT_EQ(world.LiveBlocks().size(), 4u);
  world.clock.Set(static_cast<TimestampMs>(Ulid::New().unix_ms()) + 100 * kHour);
  EXPECT_TRUE(world.Settle().Summary().ok());
  EXPECT_TRUE(world.HasObject(ids[0], "meta.json"));
  EXPECT_THAT(MetricsAsText(world.registry), HasSubstr("thanos_compact_block_cleanup_failures_total 8"));
  world.bucket.Set({});
  world.Settle();
  EXPECT_FALSE(world.HasObject(ids[0], "meta.json"));
  ExpectSame(world.Content(), before);
}

// A clock that was far ahead for a while: nothing is deleted that is not also due by the right clock.
TEST(CompactBadInputTest, AClockThatSteps) {
  CompactServiceOptions options;
  for (const int64_t resolution_ms : {0, 300'000, 3'600'000}) options.retention.retention_ms[resolution_ms] = 30 * 24 * kHour;
  CompactWorld world(options);
  const TimestampMs now = world.clock.NowMs() / (8 * kHour) * (8 * kHour);
  for (int i = 1; i <= 5; ++i) world.Put(TwoHours(now - i * 2 * kHour, i), Cluster("a"), Range(now - i * 2 * kHour));
  const Content before = world.Content();
  world.clock.Set(now + 100 * 24 * kHour);
  world.Settle();
  EXPECT_THAT(world.LiveBlocks(), SizeIs(0)) << "past their retention, by this clock";
  world.clock.Set(now);
  world.Settle();
  size_t whole = 0;
  for (const std::string& id : world.Directories()) {
    whole += world.HasObject(*Ulid::Parse(id), "index") && world.HasObject(*Ulid::Parse(id), "meta.json");
    ASSERT_TRUE(world.bucket.inner().Delete(Context(), BlockObjectName(*Ulid::Parse(id), "deletion-mark.json")).ok()) << "lifted";
  }
  EXPECT_GT(whole, 0u);
  ExpectSame(world.Content(), before);

  world.clock.Set(now - 10 * 24 * kHour);  // and behind
  EXPECT_TRUE(world.Settle().Summary().ok());
  ExpectSame(world.Content(), before);
  world.clock.Set(now);
  EXPECT_TRUE(world.Settle().Summary().ok());
  ExpectSame(world.Content(), before);
}

// A meta.json that was damaged on the way when it was first read, in what decisions are made of.
TEST(CompactBadInputTest, WhatAMetaSaysIsReadAgainBeforeABlockIsMarked) {
  const std::pair<std::string, std::string> damages[] = {
      {R"("cluster": "a")", R"("cluster": "b")"},
      {R"("labels")", R"("labelr")"},
      {R"("resolution": 0)", R"("resolution": 300000)"},
      {R"("maxTime": 28800000)", R"("maxTime": 18800000)"},
      {R"("minTime": 21600000)", R"("minTime": 11600000)"},
      {R"("minTime": 21600000)", R"("minTime": 99991600000000)"},
      {R"("numSeries": 5)", R"("numSeries": 4)"},
      {R"("sources")", R"("sourcer")"},
      {R"("thanos")", R"("thanor")"},
  };
  for (const auto& [from, to] : damages) {
    CompactServiceOptions options;
    options.retention.retention_ms = {{0, 0}, {300'000, kHour}, {3'600'000, kHour}};
    CompactWorld world(options);
    const std::vector<Ulid> ids = PutTwoClusters(world);
    world.clock.Set(static_cast<TimestampMs>(Ulid::New().unix_ms()) + kHour);
    const Content before = world.Content();
    const std::string right = world.Object(ids[3], kMetaFileName);
    std::string damaged = right;
    ASSERT_NE(damaged.find(from), std::string::npos) << from << "\n" << right;
    damaged.replace(damaged.find(from), from.size(), to);
    world.Replace(ids[3], kMetaFileName, damaged);
    ASSERT_TRUE(world.service().UpdateProgress(Context()).ok());  // reads all metas
    world.Replace(ids[3], kMetaFileName, right);
    world.service().Iterate(Context()).status().IgnoreError();
    EXPECT_TRUE(world.Settle().Summary().ok()) << to;
    ExpectSame(world.Content(), before);
    EXPECT_EQ(CountLive(world, "a"), 2u) << to;
    EXPECT_EQ(CountLive(world, "b"), 2u) << to;
    EXPECT_FALSE(world.HasObject(ids[3], "no-compact-mark.json")) << to;
  }
}

}  // namespace
}  // namespace varve
