#include "store/store_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"

namespace varve {
namespace {

using testing::ElementsAre;

TEST(StoreApiTest, ShardsCutByTheNamedLabels) {
  const Labels series = {{"__name__", "up"}, {"job", "a"}, {"pod", "x"}};
  const uint64_t by_job =
      XxHash64(std::string_view("job\xff"
                                "a\xff"));
  const uint64_t by_rest =
      XxHash64(std::string_view("__name__\xff"
                                "up\xff"
                                "pod\xff"
                                "x\xff"));
  for (int64_t index = 0; index < 7; ++index) {
    EXPECT_EQ((ShardInfo{index, 7, true, {"job"}}.Contains(series)), by_job % 7 == static_cast<uint64_t>(index));
    EXPECT_EQ((ShardInfo{index, 7, false, {"job"}}.Contains(series)), by_rest % 7 == static_cast<uint64_t>(index));
  }
  EXPECT_TRUE(ShardInfo().Contains(series));
}

TEST(StoreApiTest, LabelSetsThatMayMatch) {
  const std::vector<Labels> sets = {Labels{{"region", "eu"}, {"replica", "1"}}, Labels{{"region", "us"}}};
  EXPECT_TRUE(LabelSetsMayMatch({}, {Matcher::Equal("region", "mars")}));
  EXPECT_TRUE(LabelSetsMayMatch(sets, {}));
  EXPECT_TRUE(LabelSetsMayMatch(sets, {Matcher::Equal("region", "us"), Matcher::Equal("replica", "2")}));
  EXPECT_FALSE(LabelSetsMayMatch(sets, {Matcher::Equal("region", "eu"), Matcher::Equal("replica", "2")}));
  EXPECT_TRUE(LabelSetsMayMatch(sets, {Matcher::Equal("job", "anything")}));
}

TEST(StoreApiTest, MatchersOnExternalLabelsAreAnswered) {
  const Labels external = {{"region", "eu"}};
  EXPECT_EQ(MatchersWithout(external, {Matcher::Equal("region", "us")}), std::nullopt);
  EXPECT_THAT(*MatchersWithout(external, {Matcher::Equal("region", "eu"), Matcher::Equal("job", "a")}),
              ElementsAre(Matcher::Equal("job", "a")));
}

TEST(StoreApiTest, ExternalLabelsWin) {
  EXPECT_EQ(WithExternalLabels(Labels{{"a", "1"}, {"region", "mars"}, {"replica", "7"}},
                               Labels{{"region", "eu"}, {"replica", "1"}}, {"replica"}),
            (Labels{{"a", "1"}, {"region", "eu"}}));
}

TEST(StoreApiTest, OwnLimitsAreTold) {
  const absl::Status limit = AsOwnLimit(absl::ResourceExhaustedError("full"));
  EXPECT_TRUE(IsOwnLimit(limit));
  EXPECT_FALSE(IsOwnLimit(absl::ResourceExhaustedError("theirs")));
}

}  // namespace
}  // namespace varve
