// What the planner makes of a query: which operators, and what it asks of the source.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "promql/engine/engine.h"
#include "storage/testing/memory_series_source.h"

namespace varve::promql {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kMinute = 60'000;

// Remembers what it was asked.
class AskedSource final : public MemorySeriesSource {
 public:
  absl::StatusOr<std::unique_ptr<SeriesSet>> Select(const Context& ctx, const SelectRequest& request) override {
    requests.push_back(request);
    return MemorySeriesSource::Select(ctx, request);
  }
  std::vector<SelectRequest> requests;
};

class PlanTest : public testing::Test {
 protected:
  SelectRequest Ask(std::string_view query, QueryTimes times) {
    source_.requests.clear();
    const absl::StatusOr<QueryResult> result = times.step_ms == 0 ? engine_.Instant(Context(), source_, query, times.start)
                                                                  : engine_.Range(Context(), source_, query, times);
    EXPECT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(source_.requests.size(), 1u) << query;
    return source_.requests.at(0);
  }

  std::vector<std::string> Plan(std::string_view query) {
    const QueryTimes times = {0, 10 * kMinute, kMinute};
    const absl::StatusOr<QueryResult> result = engine_.Range(Context(), source_, query, times, {.plan_only = true});
    EXPECT_TRUE(result.ok()) << result.status();
    EXPECT_THAT(source_.requests, IsEmpty());
    std::vector<std::string> lines;
    for (const OperatorStats& op : result->stats.operators) {
      lines.push_back(std::string(static_cast<size_t>(op.depth), ' ') + op.description);
    }
    return lines;
  }

  AskedSource source_;
  Engine engine_{EngineOptions{}};
};

TEST_F(PlanTest, ASelectorAsksForTheSamplesItCanSee) {
  const QueryTimes times = {60 * kMinute, 90 * kMinute, kMinute};
  EXPECT_EQ(Ask("x", times).range, (QueryRange{55 * kMinute + 1, 90 * kMinute}));
  EXPECT_EQ(Ask("x offset 5m", times).range, (QueryRange{50 * kMinute + 1, 85 * kMinute}));
  EXPECT_EQ(Ask("x @ 600", times).range, (QueryRange{5 * kMinute + 1, 10 * kMinute}));
  EXPECT_EQ(Ask("x @ start()", times).range, (QueryRange{55 * kMinute + 1, 60 * kMinute}));
  EXPECT_EQ(Ask("rate(x[10m])", times).range, (QueryRange{50 * kMinute + 1, 90 * kMinute}));
  EXPECT_EQ(Ask("max_over_time(rate(x[10m])[5m:1m])", times).range, (QueryRange{46 * kMinute + 1, 90 * kMinute}));
  EXPECT_EQ(Ask("max_over_time(x[5m:1m] @ 600 offset 1m)", times).range, (QueryRange{0 * kMinute + 1, 9 * kMinute}));
}

TEST_F(PlanTest, HintsTellWhatTheSamplesAreFor) {
  const SelectHints hints = Ask("sum by (job) (rate(x[5m]))", {0, 10 * kMinute, kMinute}).hints;
  EXPECT_EQ(hints.function, "rate");
  EXPECT_EQ(hints.range_ms, 5 * kMinute);
  EXPECT_EQ(hints.step_ms, kMinute);
  EXPECT_FALSE(hints.has_grouping);
  EXPECT_TRUE(hints.projection_include);
  EXPECT_THAT(hints.projection, ElementsAre("job", "__name__"));

  const SelectHints direct = Ask("sum without (instance) (x)", {0, 0, 0}).hints;
  EXPECT_EQ(direct.function, "sum");
  EXPECT_EQ(direct.step_ms, 0);
  EXPECT_TRUE(direct.has_grouping);
  EXPECT_FALSE(direct.grouping_by);
  EXPECT_THAT(direct.grouping, ElementsAre("instance"));

  EXPECT_EQ(Ask("1 + x", {0, 0, 0}).hints.function, "");
  EXPECT_THAT(Ask("sum by (job) (2 * x)", {0, 0, 0}).hints.projection, ElementsAre("job", "__name__"));
  EXPECT_FALSE(Ask("sum by (job) (2 * x)", {0, 0, 0}).hints.has_grouping);
  EXPECT_THAT(Ask("topk(2, x)", {0, 0, 0}).hints.projection, IsEmpty());
  EXPECT_THAT(Ask("sum({__name__=~\"x|y\"})", {0, 0, 0}).hints.projection, IsEmpty());
}

TEST_F(PlanTest, WorkOnOneSeriesMovesIntoTheScan) {
  EXPECT_THAT(Plan("sum by (job) (abs(rate(x[5m])) * 2)"),
              ElementsAre("parallel sum by (job)", " scan {__name__=\"x\"}: rate over 5m, abs, vector * scalar"));
}

TEST_F(PlanTest, WhatIsPinnedIsEvaluatedOnce) {
  EXPECT_THAT(Plan("x + on() sum(x @ 60)"),
              ElementsAre("one-to-one +, collecting", " scan {__name__=\"x\"}: last sample", " step invariant", "  parallel sum ",
                          "   scan {__name__=\"x\"}: last sample"));
}

TEST_F(PlanTest, WhatStandsThereTwiceIsComputedOnce) {
  source_.Append(Labels{{"__name__", "x"}}, 60 * kMinute, 2.0);
  const auto selects = [&](std::string_view query) {
    source_.requests.clear();
    EXPECT_TRUE(engine_.Instant(Context(), source_, query, 60 * kMinute).ok());
    return source_.requests.size();
  };
  EXPECT_EQ(selects("x / x"), 1u);
  EXPECT_EQ(selects("sum(x) / sum(x) * sum(x)"), 1u);
  EXPECT_EQ(selects("scalar(x) + scalar(x)"), 1u);
  EXPECT_EQ(selects("sum(x) / count(x)"), 2u);  // workers aggregate what they decode
  EXPECT_EQ(selects("sum(x * 2) / sum(x * 3)"), 1u);
  EXPECT_EQ(selects("abs(x) / x"), 2u);  // what samples are for is known to the source
  EXPECT_EQ(selects("x / (x offset 1m)"), 2u);
  EXPECT_EQ(selects("sum by (a) (rate(x[5m])) / ignoring (a) group_left () sum(rate(x[5m]))"), 1u);
  EXPECT_EQ(selects("sum(rate(x[5m])) / sum(rate(x[10m]))"), 2u);
  EXPECT_EQ(selects("x / x + x offset 1m"), 2u);
  source_.requests.clear();
  EXPECT_EQ(Plan("sum(x * 2) / sum(x * 3)")[1], " parallel sum ");  // each by itself from there on
  EXPECT_THAT(Plan("x and x"), ElementsAre("and", " shared #1", "  scan {__name__=\"x\"}: last sample", " shared #1",
                                           "  scan {__name__=\"x\"}: last sample"));
}

TEST_F(PlanTest, AMatcherReachesTheOtherSide) {
  source_.requests.clear();
  EXPECT_TRUE(engine_.Instant(Context(), source_, "x{job=\"a\"} / y", 0).ok());
  for (const SelectRequest& request : source_.requests) EXPECT_EQ(request.matchers.front(), Matcher::Equal("job", "a"));
}

TEST_F(PlanTest, WhatIsSwitchedOffIsNotDone) {
  EngineOptions options;
  options.optimizations = *WithoutOptimizations("all");
  const Engine plain(options);
  const auto plan = [&](std::string_view query) {
    const absl::StatusOr<QueryResult> result =
        plain.Range(Context(), source_, query, {0, 10 * kMinute, kMinute}, {.plan_only = true});
    std::vector<std::string> names;
    for (const OperatorStats& op : result->stats.operators) names.push_back(op.description);
    return names;
  };
  EXPECT_THAT(plan("sum by (job) (x @ 60)"), ElementsAre("sum by (job)", "scan {__name__=\"x\"}: last sample"));
  EXPECT_THAT(plan("1 + 2"), ElementsAre("scalar +", "number 1", "number 2"));
  EXPECT_THAT(Plan("1 + 2"), ElementsAre("number 3"));
}

TEST_F(PlanTest, SeriesAreCollectedOnlyWhereTheyMayMeet) {
  EXPECT_THAT(Plan("x / y")[0], "one-to-one /, streaming");
  EXPECT_THAT(Plan("x / on(a) y")[0], "one-to-one /, collecting");
  EXPECT_THAT(Plan("x / on(a) group_left y")[0], "many-to-one /, streaming");
  EXPECT_THAT(Plan("abs({__name__=~\"x|y\"})")[0], "merge series with the same labels");
}

}  // namespace
}  // namespace varve::promql
