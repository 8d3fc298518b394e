#include "store/querier_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "store/testing/fake_store.h"
#include "store/unit_samples.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::Pair;

using Points = std::vector<std::pair<TimestampMs, double>>;

class QuerierSourceTest : public testing::Test {
 protected:
  // Reads the only series the store has, as `function` would.
  Points Read(const std::string& function, QueryRange select = {0, 1'000'000}, std::optional<QueryRange> read = std::nullopt) {
    const auto source = NewQuerierSource(store_, options_);
    SelectRequest request = {.range = select, .matchers = {Matcher::Equal("__name__", "x")}};
    request.hints.function = function;
    auto set = source->Select(Context(), request);
    if (!set.ok() || !(*set)->Next()) return {};
    SeriesSamples samples;
    status_ = (*set)->At()->Read(Context(), read.value_or(select), samples);
    Points points;
    for (size_t i = 0; i < samples.floats.size(); ++i) points.emplace_back(samples.floats.times[i], samples.floats.values[i]);
    return points;
  }
  ChunkSeries& Only() {
    store_.series.resize(1);
    store_.series[0].labels = Labels{{"__name__", "x"}};
    return store_.series[0];
  }

  FakeStore store_;
  QuerierOptions options_;
  absl::Status status_;
};

TEST_F(QuerierSourceTest, RawSamplesWithinTheRange) {
  AddXorChunk(Only(), {{0, 1}, {10, 2}, {20, 3}});
  AddXorChunk(Only(), {{30, 4}, {40, 5}});
  EXPECT_THAT(Read("", {10, 30}), ElementsAre(Pair(10, 2), Pair(20, 3), Pair(30, 4)));
  EXPECT_THAT(Read("", {10, 30}, QueryRange{0, 10}), ElementsAre(Pair(10, 2)));
}

TEST_F(QuerierSourceTest, WithoutReplicaLabelsTheEarlierChunkCounts) {
  AddXorChunk(Only(), {{0, 1}, {10, 2}, {20, 3}});
  AddXorChunk(Only(), {{10, 8}, {20, 8}, {30, 9}});
  EXPECT_THAT(Read(""), ElementsAre(Pair(0, 1), Pair(10, 2), Pair(20, 3), Pair(30, 9)));
}

TEST_F(QuerierSourceTest, ReplicasAreMerged) {
  options_.replica_labels = {"replica"};
  AddXorChunk(Only(), {{0, 1}, {15000, 2}, {30000, 3}});
  AddXorChunk(Only(), {{100, 8}, {15100, 8}, {30100, 9}, {45100, 10}, {60100, 11}, {75100, 12}});
  EXPECT_THAT(Read(""), ElementsAre(Pair(0, 1), Pair(15000, 2), Pair(30000, 3), Pair(60100, 11), Pair(75100, 12)));
  EXPECT_THAT(store_.requests()[0].without_replica_labels, ElementsAre("replica"));
  // Reading a part does not change which replica is read.
  EXPECT_THAT(Read("", {0, 1'000'000}, QueryRange{75000, 80000}), ElementsAre(Pair(75100, 12)));
  options_.dedup_algorithm = DedupAlgorithm::kChain;
  EXPECT_EQ(Read("").size(), 9);
}

struct AggregateCase {
  const char* function;
  std::vector<Aggregate> asked;
  double expected;
};
class AggregateTest : public QuerierSourceTest, public testing::WithParamInterface<AggregateCase> {};

TEST_P(AggregateTest, OfDownsampledChunks) {
  AddAggregates(Only(), {{Aggregate::kCount, {{300000, 5}}},
                         {Aggregate::kSum, {{300000, 20}}},
                         {Aggregate::kMin, {{300000, 1}}},
                         {Aggregate::kMax, {{300000, 9}}},
                         {Aggregate::kCounter, {{300000, 7}, {300000, 7}}}});
  EXPECT_THAT(Read(GetParam().function), ElementsAre(Pair(300000, GetParam().expected)));
  EXPECT_EQ(store_.requests()[0].aggregates, GetParam().asked);
}

INSTANTIATE_TEST_SUITE_P(Functions, AggregateTest,
                         testing::Values(AggregateCase{"", {Aggregate::kCount, Aggregate::kSum}, 4},
                                         AggregateCase{"sum", {Aggregate::kCount, Aggregate::kSum}, 4},
                                         AggregateCase{"avg_over_time", {Aggregate::kCount, Aggregate::kSum}, 4},
                                         AggregateCase{"min", {Aggregate::kMin}, 1},
                                         AggregateCase{"min_over_time", {Aggregate::kMin}, 1},
                                         AggregateCase{"max_over_time", {Aggregate::kMax}, 9},
                                         AggregateCase{"count_over_time", {Aggregate::kCount}, 5},
                                         AggregateCase{"sum_over_time", {Aggregate::kSum}, 20},
                                         AggregateCase{"rate", {Aggregate::kCounter}, 7},
                                         AggregateCase{"xrate", {Aggregate::kCounter}, 7}));

TEST_F(QuerierSourceTest, RawChunksStandInForAggregates) {
  AddAggregates(Only(), {{Aggregate::kMax, {{299999, 9}, {599999, 8}}}});
  AddXorChunk(Only(), {{600000, 7}, {700000, 6}});
  EXPECT_THAT(Read("max"), ElementsAre(Pair(299999, 9), Pair(599999, 8), Pair(600000, 7), Pair(700000, 6)));
  Read("min");
  EXPECT_TRUE(absl::IsDataLoss(status_)) << status_;
}

TEST_F(QuerierSourceTest, CounterAggregatesGoOnRisingAcrossChunks) {
  // The first chunk ends with a raw value of 4 (after a reset inside it), the second one starts at 6.
  AddAggregates(Only(), {{Aggregate::kCounter, {{0, 10}, {300, 24}, {300, 4}}}});
  AddAggregates(Only(), {{Aggregate::kCounter, {{600, 6}, {900, 9}, {900, 9}}}});
  EXPECT_THAT(Read("rate"), ElementsAre(Pair(0, 10), Pair(300, 24), Pair(600, 26), Pair(900, 29)));
}

TEST_F(QuerierSourceTest, ResetsOfRawSamplesAreLeftToPromQL) {
  AddXorChunk(Only(), {{0, 5}, {10, 9}, {20, 2}});
  EXPECT_THAT(Read("resets"), ElementsAre(Pair(0, 5), Pair(10, 9), Pair(20, 2)));
}

TEST_F(QuerierSourceTest, ResetsAreAppliedBeforeReplicasAreMerged) {
  options_.replica_labels = {"replica"};
  AddXorChunk(Only(), {{0, 5}, {15000, 9}, {30000, 2}});
  AddXorChunk(Only(), {{100, 5}, {15100, 9}, {30100, 3}});
  EXPECT_THAT(Read("rate"), ElementsAre(Pair(0, 5), Pair(15000, 9), Pair(30000, 11)));
}

TEST_F(QuerierSourceTest, RequestsFollowHints) {
  options_.max_resolution_ms = 3600000;
  options_.partial_response = PartialResponse::kAbort;
  const auto source = NewQuerierSource(store_, options_);
  SelectRequest select = {.range = {5, 9}, .matchers = {Matcher::Equal("__name__", "x")}};
  select.hints.function = "rate";
  select.hints.range_ms = 600000;
  select.hints.labels_only = true;
  select.hints.limit = 7;
  ASSERT_TRUE(source->Select(Context(), select).ok());
  const SeriesRequest request = store_.requests()[0];
  EXPECT_EQ(request.range, (QueryRange{5 - 300000, 9})) << "the window before tells what an increase begins with";
  EXPECT_EQ(request.max_resolution_ms, 300000);
  EXPECT_EQ(request.fallback_resolution_ms, 3600000);
  EXPECT_EQ(request.partial_response, PartialResponse::kAbort);
  EXPECT_TRUE(request.skip_chunks);
  EXPECT_EQ(request.limit, 7);
  EXPECT_EQ(request.batch_size, 64);
}

TEST(UnitSamplesTest, OverlapsBecomeReplicas) {
  const auto split = [](const std::vector<QueryRange>& times) {
    std::vector<ChunkView> chunks;
    for (const QueryRange& range : times) chunks.push_back({.min_time = range.min, .max_time = range.max_inclusive});
    std::vector<std::string> replicas;
    for (const std::vector<UnitPart>& units : SplitOverlaps(RawUnits(chunks))) {
      std::string& replica = replicas.emplace_back();
      for (const UnitPart& part : units) replica += fmt::format("{}-{} ", part.range.min, part.range.max_inclusive);
    }
    return replicas;
  };
  EXPECT_THAT(split({}), ElementsAre());
  EXPECT_THAT(split({{0, 20}, {21, 100}, {110, 300}}), ElementsAre("0-20 21-100 110-300 "));
  EXPECT_THAT(split({{0, 20}, {0, 30}, {21, 50}, {31, 60}, {100, 160}}), ElementsAre("0-20 21-50 100-160 ", "0-30 31-60 "));
  EXPECT_THAT(split({{50, 55}, {55, 100}}), ElementsAre("50-55 ", "55-100 "));
  EXPECT_THAT(split({{0, 20}, {0, 30}, {1, 15}, {2, 36}, {16, 200}, {21, 50}, {31, 60}, {100, 160}}),
              ElementsAre("0-20 21-50 100-160 ", "0-30 31-60 ", "1-15 16-200 ", "2-36 "));
}

TEST(UnitSamplesTest, ResolutionLeavesTwoSamplesInARange) {
  EXPECT_EQ(MaxResolutionFor("rate", 300000, 3600000), 150000);
  EXPECT_EQ(MaxResolutionFor("deriv", 7200001, 300000), 300000);
  EXPECT_EQ(MaxResolutionFor("sum_over_time", 300000, 3600000), 300000);
  EXPECT_EQ(MaxResolutionFor("rate", 0, 3600000), 3600000);
}

}  // namespace
}  // namespace varve
