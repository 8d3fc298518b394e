#include "blocks/rewrite/rewrite_block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blocks/block_group.h"
#include "blocks/check_upload.h"
#include "blocks/downsample/downsample_block.h"
#include "blocks/testing/compact_world.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr TimestampMs kHour = 3'600'000;

Labels Pod(const std::string& name) { return {{"__name__", "requests_total"}, {"pod", name}}; }

class RewriteBlockTest : public testing::Test {
 protected:
  // Two hours of three pods, a sample each half minute.
  Ulid PutTwoHours() {
    BlockBuilder builder;
    for (const std::string pod : {"a", "b", "c"}) {
      for (int i = 0; i < 240; ++i) builder.Add(Pod(pod), i * 30'000, i + 1000 * (pod[0] - 'a'));
    }
    return world_.Put(builder, {{"cluster", "x"}}, {.range = BlockRange{0, 2 * kHour}});
  }

  absl::StatusOr<RewriteReport> Rewrite(Ulid id, const SeriesChanges& changes, bool dry_run = false) {
    log_.clear();
    const auto meta = std::make_shared<const BlockMeta>(*ParseBlockMeta(world_.Object(id, "meta.json")));
    return RewriteBlock(Context(), world_.environment(), meta, changes, {.dry_run = dry_run, .upload = {}},
                        [this](std::string_view line) { log_.emplace_back(line); });
  }

  std::map<Labels, SeriesSamples> ContentOf(Ulid id, Aggregate aggregate = Aggregate::kRaw) {
    std::map<Labels, SeriesSamples> content;
    const auto set = BlockReader::Select(world_.Fetch(id), Context(), {}, {});
    while (set->Next()) {
      for (const ChunkView& chunk : set->At().chunks) {
        if (chunk.aggregate != aggregate) continue;
        EXPECT_TRUE(DecodeChunk(chunk.encoding, chunk.data, content[set->At().labels]).ok());
      }
    }
    EXPECT_TRUE(set->status().ok()) << set->status();
    return content;
  }

  CompactWorld world_;
  std::vector<std::string> log_;
};

SeriesChanges Delete(std::string_view pod, DeletedIntervals intervals = {}) {
  return {.relabels = {},
          .deletions = {{.matchers = {Matcher::Equal("pod", pod)}, .intervals = std::move(intervals), .id = "r1"}}};
}

TEST_F(RewriteBlockTest, DeletesSeries) {
  const Ulid id = PutTwoHours();
  const RewriteReport report = *Rewrite(id, Delete("b"));
  EXPECT_EQ(report.series_deleted, 1u);
  EXPECT_THAT(log_, ElementsAre(R"(Deleted {__name__="requests_total", pod="b"} [{0 7170000}])"));
  ASSERT_TRUE(report.made.has_value());
  const auto content = ContentOf(report.made->id);
  EXPECT_THAT(content, SizeIs(2));
  EXPECT_EQ(content.at(Pod("c")).floats.values.back(), 2239);
  EXPECT_FALSE(content.contains(Pod("b")));
}

TEST_F(RewriteBlockTest, SaysInTheMetaWhatWasDone) {
  const Ulid id = PutTwoHours();
  SeriesChanges changes = Delete("b", {{5, 10}});
  changes.relabels = *ParseRelabelRules("[{action: replace, target_label: env, replacement: prod}]");
  const RewriteReport report = *Rewrite(id, changes);
  const BlockMeta made = *ParseBlockMeta(world_.Object(report.made->id, "meta.json"));
  EXPECT_EQ(made.range, (BlockRange{0, 2 * kHour}));
  EXPECT_EQ(made.compaction.level, 1);
  EXPECT_THAT(made.compaction.sources, ElementsAre(made.id));
  EXPECT_EQ(made.thanos->source, "bucket.rewrite");
  EXPECT_EQ(made.thanos->labels.at("cluster"), "x");
  ASSERT_THAT(made.thanos->rewrites, SizeIs(1));
  EXPECT_THAT(made.thanos->rewrites[0].sources, ElementsAre(id));
  EXPECT_EQ(made.thanos->rewrites[0].deletions_applied.ToString(),
            R"([{"matchers":[{"Type":0,"Name":"pod","Value":"b"}],"intervals":[{"Mint":5,"Maxt":10}],"request_id":"r1"}])");
  EXPECT_EQ(made.thanos->rewrites[0].relabels_applied.ToString(),
            R"x([{"separator":";","regex":"(.*)","target_label":"env","replacement":"prod","action":"replace"}])x");
  EXPECT_TRUE(CheckObjects(Context(), world_.bucket, made).ok());
}

TEST_F(RewriteBlockTest, CutsTimesOut) {
  const Ulid id = PutTwoHours();
  const RewriteReport report = *Rewrite(id, Delete("b", {{0, 59'999}, {90'000, 90'000}}));
  EXPECT_EQ(report.series_cut, 1u);
  EXPECT_EQ(report.samples_deleted, 3u);
  EXPECT_THAT(log_, ElementsAre(R"(Deleted {__name__="requests_total", pod="b"} [{0 59999} {90000 90000}])"));
  const auto content = ContentOf(report.made->id);
  EXPECT_EQ(content.at(Pod("b")).size(), 237u);
  EXPECT_EQ(content.at(Pod("b")).floats.times.front(), 60'000);
  EXPECT_EQ(content.at(Pod("a")).size(), 240u);
}

TEST_F(RewriteBlockTest, RelabelsAndKeepsTheOrder) {
  const Ulid id = PutTwoHours();
  SeriesChanges changes;
  changes.relabels = *ParseRelabelRules("[{source_labels: [pod], regex: a, target_label: pod, replacement: z}]");
  const RewriteReport report = *Rewrite(id, changes);
  EXPECT_EQ(report.series_relabelled, 1u);
  EXPECT_THAT(log_, ElementsAre(HasSubstr("Relabelled")));
  const auto content = ContentOf(report.made->id);
  EXPECT_THAT(content, SizeIs(3));
  EXPECT_EQ(content.at(Pod("z")).size(), 240u);
}

TEST_F(RewriteBlockTest, SeriesThatBecomeOneAreMerged) {
  BlockBuilder builder;
  for (int i = 0; i < 100; ++i) {
    builder.Add(Pod("a"), i * 60'000, i);
    builder.Add(Pod("b"), i * 60'000 + 30'000, 1000 + i);
  }
  const Ulid id = world_.Put(builder, {{"cluster", "x"}}, {.range = BlockRange{0, 2 * kHour}});
  SeriesChanges changes;
  changes.relabels = *ParseRelabelRules("[{action: labeldrop, regex: pod}]");
  const RewriteReport report = *Rewrite(id, changes);
  const auto content = ContentOf(report.made->id);
  ASSERT_THAT(content, SizeIs(1));
  EXPECT_EQ(content.begin()->second.size(), 200u);
  EXPECT_EQ(report.made->stats.samples, 200u);
}

TEST_F(RewriteBlockTest, ADryRunOnlySays) {
  const Ulid id = PutTwoHours();
  const RewriteReport report = *Rewrite(id, Delete("b"), /*dry_run=*/true);
  EXPECT_FALSE(report.made.has_value());
  EXPECT_EQ(report.series_deleted, 1u);
  EXPECT_THAT(log_, SizeIs(1));
  EXPECT_THAT(world_.LiveBlocks(), SizeIs(1));
}

TEST_F(RewriteBlockTest, NoBlockIsMadeOfNothing) {
  const Ulid id = PutTwoHours();
  SeriesChanges changes;
  changes.deletions = {{.matchers = {*Matcher::Make(Matcher::Type::kRegex, "pod", ".+")}, .intervals = {}, .id = ""}};
  const RewriteReport report = *Rewrite(id, changes);
  EXPECT_FALSE(report.made.has_value());
  EXPECT_EQ(report.series_deleted, 3u);
  EXPECT_THAT(world_.LiveBlocks(), SizeIs(1));
}

TEST_F(RewriteBlockTest, AMatcherNeedsItsLabel) {
  const Ulid id = PutTwoHours();
  SeriesChanges changes;
  changes.deletions = {{.matchers = {Matcher::NotEqual("node", "n1")}, .intervals = {}, .id = ""}};
  EXPECT_EQ(Rewrite(id, changes)->series_deleted, 0u);
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(RewriteBlockTest, DownsampledBlocksLoseWindows) {
  const auto raw = world_.Fetch(PutTwoHours());
  for (const int64_t resolution : {kFiveMinutesMs, kOneHourMs}) {
    const std::string directory = world_.scratch.path() + "/downsampled";
    const BlockMeta made = DownsampleBlock(Context(), RealFiles(), raw, std::vector<int64_t>{resolution}, directory)->front();
    Executor io("io", 2);
    const UploadEnvironment upload{world_.bucket.inner(), RealFiles(), io, world_.clock};
    ASSERT_TRUE(UploadBlock(Context(), upload, JoinPath(directory, made.id.ToString()), {}).ok());

    const RewriteReport report = *Rewrite(made.id, Delete("b", {{kHour, 2 * kHour}}));
    ASSERT_TRUE(report.made.has_value());
    EXPECT_EQ(report.made->thanos->resolution_ms, resolution);
    const auto counts = ContentOf(report.made->id, Aggregate::kCount);
    const size_t windows = static_cast<size_t>(2 * kHour / resolution);
    EXPECT_EQ(counts.at(Pod("a")).size(), windows);
    EXPECT_EQ(counts.at(Pod("b")).size(), windows / 2);
    EXPECT_LT(counts.at(Pod("b")).floats.times.back(), kHour);
    EXPECT_EQ(report.samples_deleted, windows / 2);

    SeriesChanges one;
    one.relabels = *ParseRelabelRules("[{action: labeldrop, regex: pod}]");
    EXPECT_TRUE(absl::IsFailedPrecondition(Rewrite(made.id, one).status())) << "it would need the raw samples";
  }
}

TEST_F(RewriteBlockTest, DamageChangesNothing) {
  const Ulid id = PutTwoHours();
  std::string chunks = world_.Object(id, "chunks/000001");
  chunks[100] ^= 1;
  world_.Replace(id, "chunks/000001", chunks);
  EXPECT_TRUE(absl::IsDataLoss(Rewrite(id, Delete("b", {{0, 10}})).status()));
  EXPECT_THAT(world_.LiveBlocks(), SizeIs(1));
}

}  // namespace
}  // namespace varve
