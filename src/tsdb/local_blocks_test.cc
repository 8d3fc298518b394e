#include "tsdb/local_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tsdb/blocks_source.h"
#include "tsdb/testing/block_builder.h"
#include "tsdb/testing/scratch_directory.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Labels kUp{{"__name__", "up"}};
const Labels kDown{{"__name__", "down"}};

class LocalBlocksTest : public testing::Test {
 protected:
  BlockMeta Write(const Labels& labels, std::vector<TimestampMs> times, double value, BlockWriterOptions options = {}) {
    BlockBuilder builder;
    for (const TimestampMs time : times) builder.Add(labels, time, value);
    return builder.Write(scratch_.path(), std::move(options));
  }
  LocalBlocks::Report Scan() { return *blocks_.Scan(); }
  std::string Path(const BlockMeta& meta, std::string_view file = "") {
    return JoinPath(JoinPath(scratch_.path(), meta.id.ToString()), file);
  }

  const ScratchDirectory scratch_;
  LocalBlocks blocks_{RealFiles(), scratch_.path()};
};

TEST_F(LocalBlocksTest, ServesWhatIsThereAndFollowsChanges) {
  EXPECT_EQ(Scan().loaded, 0u);
  const BlockMeta later = Write(kUp, {100, 110}, 2);
  const BlockMeta earlier = Write(kDown, {10, 20}, 1);
  RealFiles().MakeDirectories(scratch_.path() + "/chunks_head").IgnoreError();
  EXPECT_EQ(Scan().loaded, 2u);
  EXPECT_EQ(blocks_.blocks()->front()->meta().id, earlier.id);
  EXPECT_THAT(*blocks_.LabelValues(Context(), "__name__", {}, {}), ElementsAre("down", "up"));
  EXPECT_THAT(*blocks_.LabelValues(Context(), "__name__", {100, 200}, {}), ElementsAre("up"));

  const auto kept = blocks_.blocks()->back();
  ASSERT_TRUE(RealFiles().RemoveTree(Path(earlier)).ok());
  EXPECT_EQ(Scan().loaded, 1u);
  EXPECT_EQ(blocks_.blocks()->front(), kept) << "an open block is not opened again";
}

TEST_F(LocalBlocksTest, LeavesOutAndReportsWhatCannotBeOpened) {
  const BlockMeta good = Write(kUp, {10}, 1);
  const BlockMeta bad = Write(kUp, {20}, 1);
  const BlockMeta moved = Write(kUp, {30}, 1);
  std::ofstream(Path(bad, "index"), std::ios::binary) << "no index";
  const std::string other = JoinPath(scratch_.path(), Ulid::New().ToString());
  ASSERT_TRUE(RealFiles().Rename(Path(moved), other).ok());
  RealFiles().MakeDirectories(JoinPath(scratch_.path(), Ulid::New().ToString())).IgnoreError();

  const LocalBlocks::Report report = Scan();
  EXPECT_EQ(report.loaded, 1u);
  ASSERT_THAT(report.failures, SizeIs(3));
  EXPECT_EQ(report.failures[0].directory, Path(bad).substr(0, Path(bad).size() - 1));
  EXPECT_THAT(std::string(report.failures[0].status.message()), HasSubstr(bad.id.ToString()));
  EXPECT_EQ(blocks_.blocks()->front()->meta().id, good.id);
}

TEST_F(LocalBlocksTest, ParentsOfABlockAreNotServedTwice) {
  const BlockMeta parent = Write(kUp, {10}, 1);
  const BlockMeta child =
      Write(kUp, {10}, 1, {.compaction = {.level = 2, .sources = {parent.id}, .parents = {{parent.id, parent.range}}}});
  EXPECT_EQ(Scan().replaced, 1u);
  EXPECT_EQ(blocks_.blocks()->front()->meta().id, child.id);
  std::ofstream(Path(child, "index"), std::ios::binary) << "no index";
  LocalBlocks again(RealFiles(), scratch_.path());
  EXPECT_EQ(again.Scan()->loaded, 1u) << "a child that cannot be read replaces nothing";
  EXPECT_EQ(again.blocks()->front()->meta().id, parent.id);
}

TEST_F(LocalBlocksTest, AnUnreadableDirectoryIsAnError) {
  LocalBlocks absent(RealFiles(), scratch_.path() + "/absent");
  EXPECT_TRUE(absl::IsNotFound(absent.Scan().status()));
}

TEST_F(LocalBlocksTest, TheSourceMergesSeriesOfOverlappingBlocks) {
  Write(kUp, {10, 20, 30}, 1);
  Write(kUp, {25, 40}, 2);
  Write(kDown, {15}, 3);
  Scan();
  const auto source = NewBlocksSource(blocks_);
  auto set = *source->Select(Context(), {.range = {12, 40}, .matchers = {}, .hints = {}});
  ASSERT_TRUE(set->Next());
  EXPECT_EQ(set->At()->labels(), kDown);
  ASSERT_TRUE(set->Next());
  EXPECT_EQ(set->At()->labels(), kUp);
  SeriesSamples samples;
  ASSERT_TRUE(set->At()->Read(Context(), {12, 40}, samples).ok());
  EXPECT_THAT(samples.floats.times, ElementsAre(20, 25, 30, 40));
  EXPECT_THAT(samples.floats.values, ElementsAre(1, 2, 1, 2));
  EXPECT_FALSE(set->Next());
  EXPECT_TRUE(set->status().ok());
  EXPECT_THAT(source->LabelNames(Context(), {})->values, ElementsAre("__name__"));
  EXPECT_THAT(source->LabelValues(Context(), "__name__", {.range = {}, .matchers = {}, .limit = 1})->values, ElementsAre("down"));
}

TEST_F(LocalBlocksTest, TheSourceReportsDamageAtTheEnd) {
  const BlockMeta meta = Write(kUp, {10, 20, 30}, 1);
  Scan();
  std::fstream segment(Path(meta, "chunks/000001"), std::ios::binary | std::ios::in | std::ios::out);
  segment.seekp(12);
  segment << "x";
  segment.close();
  auto set = *NewBlocksSource(blocks_)->Select(Context(), {});
  EXPECT_FALSE(set->Next());
  EXPECT_TRUE(absl::IsDataLoss(set->status()));
  EXPECT_THAT(std::string(set->status().message()), HasSubstr(meta.id.ToString()));
}

}  // namespace
}  // namespace varve
