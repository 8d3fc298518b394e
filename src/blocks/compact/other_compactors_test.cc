#include "blocks/compact/other_compactors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "blocks/testing/compact_world.h"

namespace varve {
namespace {

constexpr TimestampMs kHour = 3'600'000;

BlockBuilder SomeSamples(TimestampMs begin) {
  BlockBuilder builder;
  for (int i = 0; i < 240; ++i) builder.Add(Labels{{"__name__", "up"}}, begin + i * 30'000, i);
  return builder;
}

BlockWriterOptions MadeBy(const std::string& source, TimestampMs begin) {
  BlockWriterOptions options{.range = BlockRange{begin, begin + 2 * kHour}};
  options.thanos = ThanosMeta{.source = source};
  return options;
}

double Noticed(const CompactWorld& world) { return world.environment().metrics.other_compactor_blocks.Value(); }

TEST(OtherCompactorsTest, WhatIsMadeHereOrWasThereBeforeIsNotAnothers) {
  CompactWorld world;
  world.Put(SomeSamples(100 * kHour), {{"cluster", "a"}}, MadeBy("compactor", 100 * kHour));
  std::this_thread::sleep_for(std::chrono::milliseconds(2));  // ids tell milliseconds
  world.NewService();
  for (int i = 0; i < 13; ++i) world.Put(SomeSamples(i * 2 * kHour), {{"cluster", "a"}}, MadeBy("sidecar", i * 2 * kHour));
  world.Settle();
  ASSERT_LT(world.LiveBlocks().size(), 14u) << "something was compacted";
  EXPECT_EQ(Noticed(world), 0);
}

TEST(OtherCompactorsTest, ABlockOfAnotherIsCountedOnce) {
  CompactWorld world;
  world.Settle();
  world.Put(SomeSamples(0), {{"cluster", "a"}}, MadeBy("compactor", 0));
  world.Put(SomeSamples(2 * kHour), {{"cluster", "a"}}, MadeBy("bucket.rewrite", 2 * kHour));
  world.Settle();
  world.Settle();
  EXPECT_EQ(Noticed(world), 1);
}

TEST(OtherCompactorsTest, TwoThatDivideTheBucketDoNotNoticeEachOther) {
  CompactServiceOptions options;
  options.selector = *ParseSelectorRelabelRules("- {action: keep, source_labels: [cluster], regex: a}");
  CompactWorld world(options);
  world.Put(SomeSamples(0), {{"cluster", "b"}}, MadeBy("compactor", 0));
  world.Settle();
  EXPECT_EQ(Noticed(world), 0);
}

}  // namespace
}  // namespace varve
