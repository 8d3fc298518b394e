#include "store/limited_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/testing/fake_store.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class LimitedStoreTest : public testing::Test {
 protected:
  std::vector<std::string> Ask(SelectLimits limits) {
    auto fake = std::make_unique<FakeStore>();
    for (const char* job : {"a", "b", "c"}) fake->series.push_back(FakeSeries(Labels{{"job", job}}, {{1'000, 1}}));
    AddAggregates(fake->series[2], {{Aggregate::kCount, {{1'000, 1}}}, {Aggregate::kSum, {{1'000, 1}}}});
    fake->warnings = {"one is away"};
    store_ = NewLimitedStore(std::move(fake), registry_, limits);
    SeriesRequest request;
    request.matchers = {*Matcher::Make(Matcher::Type::kRegex, "job", ".+")};
    auto set = store_->Series(Context(), request);
    EXPECT_TRUE(set.ok());
    return DrainSeries(**set);
  }
  MetricsRegistry registry_;
  std::unique_ptr<StoreApi> store_;
};

TEST_F(LimitedStoreTest, WithoutLimitsEverythingPasses) { EXPECT_THAT(Ask({}), SizeIs(4)); }

TEST_F(LimitedStoreTest, JustWithinTheLimits) {
  // Four chunks: the two aggregates are one.
  EXPECT_THAT(Ask({.series = 3, .samples = 4 * 120}), SizeIs(4));
}

TEST_F(LimitedStoreTest, TooManySeries) {
  EXPECT_THAT(Ask({.series = 2}).back(), "error: failed to send series: limit 2 violated (got 3)");
  EXPECT_THAT(MetricsAsText(registry_), HasSubstr("thanos_store_selects_dropped_total{reason=\"series\"} 1"));
}

TEST_F(LimitedStoreTest, TooManySamples) {
  EXPECT_THAT(Ask({.samples = 4 * 120 - 1}).back(), "error: failed to send samples: limit 479 violated (got 480)");
  EXPECT_THAT(MetricsAsText(registry_), HasSubstr("thanos_store_selects_dropped_total{reason=\"chunks\"} 1"));
}

}  // namespace
}  // namespace varve
