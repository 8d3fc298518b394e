#include "blocks/downsample/downsample_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace varve {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kHour = DownsampleOptions::kHourMs, kDay = DownsampleOptions::kDayMs;
constexpr TimestampMs kNow = 1'000 * kDay;

Ulid Id(char name) { return *Ulid::Parse("0000000000000000000000000" + std::string(1, name)); }

class PlanTest : public testing::Test {
 protected:
  // A block that ended `age` ago.
  void Add(char name, int64_t resolution_ms, int64_t length, int64_t age, const std::string& sources) {
    auto meta = std::make_shared<BlockMeta>();
    meta->id = Id(name);
    meta->range = {kNow - age - length, kNow - age};
    meta->stats.samples = 1;
    for (const char source : sources) meta->compaction.sources.push_back(Id(source));
    meta->thanos = ThanosMeta{.labels = {{"replica", "0"}}, .resolution_ms = resolution_ms};
    metas_[meta->id] = std::move(meta);
  }
  // "A:5m B:5m,1h"
  std::string Plan() const {
    std::string text;
    for (const DownsampleTask& task : PlanDownsampling(metas_, kNow, options_).tasks) {
      if (!text.empty()) text += ' ';
      text += task.source.ToString().back();
      for (const int64_t resolution : task.resolutions_ms) text += resolution == kFiveMinutesMs ? ":5m" : ":1h";
    }
    return text;
  }

  BlockMetaMap metas_;
  DownsampleOptions options_;
};

TEST_F(PlanTest, TakesBlocksThatAreLongEnough) {
  Add('1', 0, 48 * kHour, kHour, "1");
  Add('2', 0, 8 * kHour, kHour, "2");
  EXPECT_EQ(Plan(), "1:5m");
}

TEST_F(PlanTest, TakesBothResolutionsInOnePass) {
  Add('1', 0, 14 * kDay, kHour, "1");
  EXPECT_EQ(Plan(), "1:5m:1h");
}

TEST_F(PlanTest, TakesShortBlocksThatWillNotGrowAnyMore) {
  Add('1', 0, 2 * kHour, 6 * kDay, "1");
  Add('2', 0, 2 * kHour, 4 * kDay, "2");
  Add('3', kFiveMinutesMs, 2 * kDay, 31 * kDay, "3");
  Add('4', kFiveMinutesMs, 2 * kDay, 29 * kDay, "4");
  EXPECT_EQ(Plan(), "3:1h 1:5m");
}

// thanos#7908: raw data kept for 1 day never gets into a block of 40 hours, and went away without a trace.
TEST_F(PlanTest, TakesBlocksThatRetentionIsAboutToDelete) {
  Add('1', 0, 8 * kHour, 13 * kHour, "1");
  EXPECT_EQ(Plan(), "");
  options_.raw_retention_ms = kDay;
  EXPECT_EQ(Plan(), "1:5m");
}

// thanos#3749: 5 m data kept for 14 days never gets into a block of 10 days.
TEST_F(PlanTest, TakesFiveMinuteBlocksThatRetentionIsAboutToDelete) {
  Add('1', kFiveMinutesMs, 2 * kDay, 8 * kDay, "1");
  EXPECT_EQ(Plan(), "");
  options_.five_minutes_retention_ms = 14 * kDay;
  EXPECT_EQ(Plan(), "1:1h");
}

TEST_F(PlanTest, LeavesWhatIsCovered) {
  Add('1', 0, 2 * kDay, kDay, "abc");
  Add('2', kFiveMinutesMs, kDay, kDay, "ab");
  EXPECT_EQ(Plan(), "1:5m");
  Add('3', kFiveMinutesMs, kDay, kDay, "c");
  EXPECT_EQ(Plan(), "");
}

TEST_F(PlanTest, MakesAnHourFromFiveMinutesWhereItCan) {
  Add('1', 0, 14 * kDay, kDay, "abc");
  Add('2', kFiveMinutesMs, 14 * kDay, kDay, "abc");
  EXPECT_EQ(Plan(), "2:1h");
  Add('3', kOneHourMs, 14 * kDay, kDay, "abc");
  EXPECT_EQ(Plan(), "");
}

TEST_F(PlanTest, MakesNothingThatRetentionWouldDeleteAtOnce) {
  Add('1', 0, 14 * kDay, 20 * kDay, "a");
  options_.five_minutes_retention_ms = 14 * kDay;
  EXPECT_EQ(Plan(), "1:1h") << "from raw samples, as 5 m data is no longer kept";
  options_.one_hour_retention_ms = 14 * kDay;
  EXPECT_EQ(Plan(), "");
}

TEST_F(PlanTest, HonoursMarksAndLeavesEmptyBlocks) {
  Add('1', 0, 14 * kDay, kDay, "1");
  Add('2', 0, 14 * kDay, kDay, "2");
  options_.marked = {Id('1')};
  EXPECT_EQ(Plan(), "2:5m:1h");
  auto empty = std::make_shared<BlockMeta>(*metas_[Id('2')]);
  empty->stats.samples = 0;
  metas_[Id('2')] = empty;
  EXPECT_EQ(Plan(), "");
}

TEST(WindowTest, EndsAMillisecondBeforeTheNextBegins) {
  EXPECT_EQ(WindowEnd(0, 300), 299);
  EXPECT_EQ(WindowEnd(299, 300), 299);
  EXPECT_EQ(WindowEnd(300, 300), 599);
  EXPECT_EQ(WindowEnd(-1, 300), -1);
  EXPECT_EQ(WindowStart(-300, 300), -300);
}

}  // namespace
}  // namespace varve
