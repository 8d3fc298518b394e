#include "blocks/compact/compact_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blocks/block_group.h"
#include "blocks/block_names.h"
#include "blocks/check_upload.h"
#include "blocks/testing/compact_world.h"
#include "blocks/testing/two_hours.h"
#include "storage/dedup.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

TEST(CompactServiceTest, CompactsUpToTheLongestRange) {
  CompactWorld world;
  std::vector<Ulid> ids;
  for (int i = 0; i < 25; ++i) ids.push_back(world.Put(TwoHours(i * 2 * kHour, i), Cluster("a"), Range(i * 2 * kHour)));
  const Content before = world.Content();
  const IterationReport report = world.Settle();
  EXPECT_TRUE(report.Summary().ok()) << report.Summary();
  ExpectSame(world.Content(), before);

  const std::vector<BlockMeta> blocks = world.LiveBlocks();
  ASSERT_THAT(blocks, SizeIs(2)) << "two days, and the newest";
  const BlockMeta& made = blocks[0].compaction.level > 1 ? blocks[0] : blocks[1];
  EXPECT_EQ(made.range, (BlockRange{0, 48 * kHour}));
  EXPECT_EQ(made.compaction.level, 3);
  EXPECT_THAT(made.compaction.sources, SizeIs(24));
  EXPECT_THAT(made.compaction.parents, SizeIs(6));
  EXPECT_EQ(made.thanos->source, "compactor");
  EXPECT_EQ(made.thanos->labels, Cluster("a"));
  EXPECT_THAT(made.thanos->segment_files, ElementsAre("000001"));
  EXPECT_TRUE(CheckObjects(Context(), world.bucket, made).ok());
  EXPECT_TRUE(world.HasObject(ids[0], "deletion-mark.json"));
  EXPECT_THAT(*RealFiles().List(world.scratch.path() + "/compact"), ElementsAre(GroupKey(made)));
}

TEST(CompactServiceTest, ReplicasBecomeOne) {
  for (const bool penalty : {false, true}) {
    CompactServiceOptions options;
    options.replica_labels = {"replica"};
    options.compactor.overlaps = {.vertical = true, .penalty = penalty};
    CompactWorld world(options);
    for (const char* replica : {"0", "1"}) {
      const TimestampMs offset = replica[0] == '0' ? 0 : 7'000;
      world.Put(TwoHours(0, offset, offset), {{"cluster", "a"}, {"replica", replica}}, Range(0));
    }
    const Content before = world.Content();
    EXPECT_TRUE(world.Settle().Summary().ok());
    const Content after = world.Content();
    ASSERT_THAT(world.LiveBlocks(), SizeIs(1));
    EXPECT_EQ(world.LiveBlocks()[0].thanos->labels, Cluster("a"));
    if (!penalty) {
      ExpectSame(after, before);
      continue;
    }
    std::vector<SeriesSamples> replicas(2);
    for (int i = 0; i < 240; ++i) {
      replicas[0].floats.Append(i * 30'000, i * 2);
      replicas[1].floats.Append(7'000 + i * 30'000, i * 2 + 7'000);
    }
    const Labels pod{{"__name__", "requests_total"}, {"pod", "p1"}};
    const SeriesSamples expected = Deduplicate(DedupAlgorithm::kPenalty, std::move(replicas), /*counter=*/false);
    EXPECT_EQ(before.at(pod).size(), 480u);
    EXPECT_EQ(after.at(pod).floats.times, expected.floats.times);
    EXPECT_EQ(after.at(pod).floats.values, expected.floats.values);
  }
}

TEST(CompactServiceTest, CopiesOfABlockAreMergedWithoutAsking) {
  CompactWorld world;
  world.Put(TwoHours(0), Cluster("a"), Range(0));
  const Content before = world.Content();
  world.Put(TwoHours(0), Cluster("a"), Range(0));
  EXPECT_TRUE(world.Settle().Summary().ok());
  EXPECT_THAT(world.LiveBlocks(), SizeIs(1));
  ExpectSame(world.Content(), before);
}

TEST(CompactServiceTest, LateSamplesAreMergedWithoutAsking) {
  CompactWorld world;
  world.Put(TwoHours(0), Cluster("a"), Range(0));
  BlockWriterOptions late = Range(0);
  late.id = Ulid::New();
  late.compaction = {.level = 1, .sources = {late.id}, .hints = {"from-out-of-order"}};
  world.Put(TwoHours(0, 0, 15'000), Cluster("a"), late);
  const Content before = world.Content();
  EXPECT_TRUE(world.Settle().Summary().ok());
  EXPECT_THAT(world.LiveBlocks(), SizeIs(1));
  ExpectSame(world.Content(), before);
}

TEST(CompactServiceTest, AConflictIsQuarantinedAndTheRestGoesOn) {
  CompactWorld world;
  for (int i = 0; i < 5; ++i) {
    world.Put(TwoHours(i * 2 * kHour), Cluster("a"), Range(i * 2 * kHour));
    world.Put(TwoHours(i * 2 * kHour), Cluster("b"), Range(i * 2 * kHour));
  }
  BlockBuilder other;
  other.Add(Labels{{"__name__", "requests_total"}, {"pod", "p1"}}, 60'000, -1);
  const Ulid conflicting = world.Put(other, Cluster("a"), Range(0));
  const Content before = world.Content();
  const IterationReport report = world.Settle();
  EXPECT_TRUE(report.Summary().ok()) << report.Summary();
  ExpectSame(world.Content(), before);

  EXPECT_THAT(world.Object(conflicting, "no-compact-mark.json"), HasSubstr(R"("reason":"overlap-conflict")"));
  EXPECT_THAT(world.Object(conflicting, "no-compact-mark.json"), HasSubstr("differ"));
  EXPECT_THAT(world.LiveBlocks(), SizeIs(2 + 2 + 1)) << "of both groups eight hours and the newest; and the quarantined one";
  EXPECT_THAT(MetricsAsText(world.registry), HasSubstr("varve_compact_quarantined_blocks{reason=\"overlap-conflict\"} 1"));
  EXPECT_THAT(MetricsAsText(world.registry), HasSubstr("thanos_compact_halted 0"));
}

TEST(CompactServiceTest, DamagedBlocksAreQuarantinedWithAReason) {
  struct Case {
    const char* part;
    bool missing;
    const char* reason;
  };
  for (const Case& damage : {Case{"chunks/000001", false, "corrupt-block"}, Case{"index", false, "corrupt-block"},
                             Case{"chunks/000001", true, "missing-objects"}, Case{"index", true, "missing-objects"}}) {
    CompactWorld world;
    std::vector<Ulid> ids;
    for (int i = 0; i < 5; ++i) ids.push_back(world.Put(TwoHours(i * 2 * kHour, i), Cluster("a"), Range(i * 2 * kHour)));
    if (damage.missing) {
      ASSERT_TRUE(world.bucket.inner().Delete(Context(), BlockObjectName(ids[0], damage.part)).ok());
    } else {
      std::string bytes = world.Object(ids[0], damage.part);
      bytes[bytes.size() / 3] ^= 4;
      world.Replace(ids[0], damage.part, bytes);
    }
    EXPECT_TRUE(world.Settle().Summary().ok());
    ASSERT_TRUE(world.HasObject(ids[0], "no-compact-mark.json")) << damage.part;
    EXPECT_THAT(world.Object(ids[0], "no-compact-mark.json"), HasSubstr(damage.reason));
    EXPECT_FALSE(world.HasObject(ids[0], "deletion-mark.json"));
    EXPECT_THAT(world.LiveBlocks(), SizeIs(3)) << "the damaged one, six hours, the newest";
  }
}

TEST(CompactServiceTest, GroupsThatCannotGoOnAreHeldAlone) {
  CompactWorld world;
  for (int i = 0; i < 5; ++i) {
    world.Put(TwoHours(i * 2 * kHour), Cluster("a"), Range(i * 2 * kHour));
    world.Put(TwoHours(i * 2 * kHour), Cluster("b"), Range(i * 2 * kHour));
  }
  BlockMeta nobody = world.LiveBlocks()[0];
  nobody.thanos->labels.clear();
  world.Replace(nobody.id, "meta.json", BlockMetaToJson(nobody));
  const TimestampMs future = world.clock.NowMs() + 100 * kHour;
  const Ulid early = world.Put(TwoHours(future), Cluster("b"), Range(future));
  const IterationReport report = world.Settle();
  EXPECT_THAT(report.compaction.held, SizeIs(2));
  EXPECT_THAT(std::string(report.Summary().message()), HasSubstr("2 groups are held"));
  EXPECT_FALSE(world.HasObject(early, "no-compact-mark.json"));
  EXPECT_LT(world.LiveBlocks().size(), 11u) << "the others were compacted";
}

TEST(CompactServiceTest, ABlockThatAnotherReplacesIsMarkedOnlyIfThatOneIsWhole) {
  CompactWorld world;
  const Ulid source = world.Put(TwoHours(0), Cluster("a"), Range(0));
  BlockWriterOptions replacing = Range(0);
  replacing.compaction = {.level = 2, .sources = {source, Ulid::New()}};
  const Ulid replacement = world.Put(TwoHours(0), Cluster("a"), replacing);
  const std::string index = world.Object(replacement, "index");
  world.Replace(replacement, "index", index.substr(1));
  world.Settle();
  EXPECT_FALSE(world.HasObject(source, "deletion-mark.json"));
  world.Replace(replacement, "index", index);
  world.Settle();
  EXPECT_TRUE(world.HasObject(source, "deletion-mark.json"));
}

TEST(CompactServiceTest, ABlockIsNotDroppedForOneThatIsToBeDeleted) {
  CompactWorld world;
  const Ulid source = world.Put(TwoHours(0), Cluster("a"), Range(0));
  BlockWriterOptions replacing = Range(0);
  replacing.compaction = {.level = 2, .sources = {source, Ulid::New()}};
  const Ulid replacement = world.Put(TwoHours(0), Cluster("a"), replacing);
  ASSERT_TRUE(*WriteMark(Context(), world.bucket, MarkKind::kDeletion,
                         {.id = replacement, .time_s = world.clock.NowMs() / 1000, .details = "by hand"}));
  world.Settle();
  EXPECT_FALSE(world.HasObject(source, "deletion-mark.json"));
}

TEST(CompactServiceTest, DeletesAfterTheDelay) {
  CompactWorld world;
  std::vector<Ulid> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(world.Put(TwoHours(i * 2 * kHour), Cluster("a"), Range(i * 2 * kHour)));
  const Content before = world.Content();
  world.Settle();
  world.clock.Advance(std::chrono::hours(47));
  world.Settle();
  EXPECT_TRUE(world.HasObject(ids[0], "meta.json"));
  world.clock.Advance(std::chrono::hours(2));
  world.Settle();
  EXPECT_FALSE(world.HasObject(ids[0], "meta.json"));
  EXPECT_FALSE(world.HasObject(ids[0], "chunks/000001"));
  EXPECT_FALSE(world.HasObject(ids[0], "deletion-mark.json"));
  ExpectSame(world.Content(), before);
}

TEST(CompactServiceTest, BrokenOffUploadsGoAfterTwoDays) {
  CompactWorld world;
  const Ulid broken = world.Put(TwoHours(0), Cluster("a"), Range(0));
  const Ulid damaged = world.Put(TwoHours(2 * kHour), Cluster("a"), Range(2 * kHour));
  ASSERT_TRUE(world.bucket.inner().Delete(Context(), BlockObjectName(broken, kMetaFileName)).ok());
  world.Replace(damaged, "meta.json", "{\"ulid\":");
  world.clock.Set(world.bucket.inner().Attributes(Context(), BlockObjectName(broken, "index"))->last_modified + 47 * kHour);
  world.Settle();
  EXPECT_TRUE(world.HasObject(broken, "index"));
  world.clock.Advance(std::chrono::hours(2));
  world.Settle();
  EXPECT_FALSE(world.HasObject(broken, "index"));
  EXPECT_TRUE(world.HasObject(damaged, "index")) << "its data may be whole";
}

CompactServiceOptions WithDownsampling() {
  CompactServiceOptions options;
  options.downsampling.emplace();
  options.compactor.downsample.emplace();
  return options;
}

BlockMeta FindResolution(const std::vector<BlockMeta>& blocks, int64_t resolution_ms) {
  const auto found = std::ranges::find(blocks, resolution_ms, ResolutionMsOf);
  EXPECT_NE(found, blocks.end()) << resolution_ms;
  return found != blocks.end() ? *found : BlockMeta();
}

TEST(CompactServiceTest, DownsamplesInThePassThatCompacts) {
  CompactWorld world(WithDownsampling());
  world.clock.Set(51 * kHour);
  for (int i = 0; i < 25; ++i) world.Put(TwoHours(i * 2 * kHour, i), Cluster("a"), Range(i * 2 * kHour));
  const IterationReport report = world.Settle();
  EXPECT_TRUE(report.Summary().ok()) << report.Summary();
  const std::vector<BlockMeta> blocks = world.LiveBlocks();
  EXPECT_THAT(blocks, SizeIs(3)) << "two days, the same at 5m, the newest";
  const BlockMeta made = FindResolution(blocks, 300'000);
  EXPECT_EQ(made.range, (BlockRange{0, 48 * kHour}));
  EXPECT_THAT(made.compaction.sources, SizeIs(24));
  EXPECT_EQ(made.stats.series, 5u);
  EXPECT_EQ(made.thanos->labels, Cluster("a"));
  EXPECT_TRUE(CheckObjects(Context(), world.bucket, made).ok());
  EXPECT_THAT(MetricsAsText(world.registry), HasSubstr("thanos_compact_downsample_total{resolution=\"0\"} 0"))
      << "nothing was left to be done after the compactions";
}

TEST(CompactServiceTest, DownsamplesWhatNoCompactionDoes) {
  CompactWorld world(WithDownsampling());
  BlockBuilder builder;
  for (int i = 0; i < 11 * 24 * 12; ++i) builder.Add(Labels{{"a", "1"}}, i * 300'000 + 1, i);
  world.Put(builder, Cluster("a"), Range(0, 14 * 24));
  EXPECT_TRUE(world.Settle().Summary().ok());
  EXPECT_EQ(FindResolution(world.LiveBlocks(), 300'000).range, (BlockRange{0, 14 * 24 * kHour}));
  EXPECT_EQ(FindResolution(world.LiveBlocks(), 3'600'000).stats.series, 1u);
  EXPECT_THAT(world.LiveBlocks(), SizeIs(3));
  world.Settle();
  EXPECT_THAT(world.LiveBlocks(), SizeIs(3)) << "once is enough";
}

TEST(CompactServiceTest, RetentionWaitsForWhatItMakesItself) {
  CompactServiceOptions options = WithDownsampling();
  options.retention.retention_ms = {{0, 24 * kHour}, {300'000, 0}, {3'600'000, 0}};
  options.downsampling->plan.raw_retention_ms = 24 * kHour;
  options.compactor.downsample->raw_retention_ms = 24 * kHour;
  CompactWorld world(options);
  const Ulid raw = world.Put(TwoHours(0), Cluster("a"), Range(0));
  const IterationReport report = world.Settle();
  EXPECT_TRUE(world.HasObject(raw, "deletion-mark.json"));
  EXPECT_EQ(report.retention.held_blocks, 0u);
  EXPECT_EQ(FindResolution(world.LiveBlocks(), 300'000).compaction.sources, std::vector<Ulid>{raw});
}

TEST(CompactServiceTest, LargeIndexesAreMarked) {
  CompactServiceOptions options;
  options.compactor.index_bytes_max = 2'500;
  CompactWorld world(options);
  for (int i = 0; i < 5; ++i) world.Put(TwoHours(i * 2 * kHour), Cluster("a"), Range(i * 2 * kHour));
  EXPECT_TRUE(world.Settle().Summary().ok());
  int marked = 0;
  for (const BlockMeta& block : world.LiveBlocks()) marked += world.HasObject(block.id, "no-compact-mark.json");
  EXPECT_GT(marked, 0);
  EXPECT_THAT(MetricsAsText(world.registry), HasSubstr("index-size-exceeding"));
}

TEST(CompactServiceTest, TellsTheBacklog) {
  CompactWorld world;
  for (int i = 0; i < 5; ++i) world.Put(TwoHours(i * 2 * kHour), Cluster("a"), Range(i * 2 * kHour));
  ASSERT_TRUE(world.service().UpdateProgress(Context()).ok());
  EXPECT_THAT(MetricsAsText(world.registry), HasSubstr("thanos_compact_todo_compactions 1"));
  EXPECT_THAT(MetricsAsText(world.registry), HasSubstr("thanos_compact_todo_compaction_blocks 4"));
  world.Settle();
  ASSERT_TRUE(world.service().UpdateProgress(Context()).ok());
  EXPECT_THAT(MetricsAsText(world.registry), HasSubstr("thanos_compact_todo_compactions 0"));
}

// Wherever a process dies, the next one finishes: nothing is lost, nothing is there twice.
TEST(CompactServiceTest, SurvivesACrashAtEveryOperation) {
  CompactWorld made;
  for (int i = 0; i < 5; ++i) {
    BlockBuilder builder;
    for (int k = 0; k < 20; ++k) builder.Add(Labels{{"a", "1"}}, i * 2 * kHour + k * 60'000, k);
    made.Put(builder, Cluster("a"), Range(i * 2 * kHour));
  }
  const Content before = made.Content();
  int64_t operations = 1;
  for (int64_t crash_at = 0; crash_at < operations; ++crash_at) {
    CompactWorld world;
    world.CopyFrom(made);
    const bool counts_only = crash_at == 0;
    world.bucket.Set({.seed = static_cast<uint64_t>(crash_at), .crash_at_operation = counts_only ? -1 : crash_at});
    world.service().Iterate(Context()).status().IgnoreError();
    if (counts_only) operations = world.bucket.operations();
    world.bucket.Set({});
    world.NewService();
    world.Settle();
    ExpectSame(world.Content(), before);
    EXPECT_THAT(world.LiveBlocks(), SizeIs(2)) << "crash_at=" << crash_at;
    for (const BlockMeta& block : world.LiveBlocks()) EXPECT_FALSE(world.HasObject(block.id, "no-compact-mark.json"));
    world.clock.Set(4'000'000'000'000);  // far in the future: everything marked or partial goes
    world.Settle();
    EXPECT_THAT(world.Directories(), SizeIs(2)) << "crash_at=" << crash_at;
  }
}

// Answers that fail, end early or have a flipped bit: it may take more rounds, and no healthy block is blamed.
TEST(CompactServiceTest, SurvivesABucketOutOfOrder) {
  CompactWorld made;
  for (int i = 0; i < 5; ++i) made.Put(TwoHours(i * 2 * kHour, i), Cluster("a"), Range(i * 2 * kHour));
  const Content before = made.Content();
  for (uint64_t seed = 0; seed < 15; ++seed) {
    CompactWorld world;
    world.CopyFrom(made);
    world.bucket.Set({.seed = seed, .fail = 0.03, .truncate = 0.02, .corrupt = 0.02});
    for (int round = 0; round < 10; ++round) world.service().Iterate(Context()).status().IgnoreError();
    world.bucket.Set({});
    world.NewService();
    world.Settle();
    ExpectSame(world.Content(), before);
  }
}

}  // namespace
}  // namespace varve
