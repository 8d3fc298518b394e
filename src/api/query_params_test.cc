#include "api/query_params.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/testing/fake_sources.h"
#include "base/errors.h"

namespace varve {
namespace {

using testing::ElementsAre;

class QueryParamsTest : public testing::Test {
 protected:
  QueryParams Range(std::string_view query) const {
    const auto params = ReadRangeParams(FakeRequest(fmt::format("/api/v1/query_range?{}", query)), config_);
    EXPECT_TRUE(params.ok()) << params.status();
    return params.ok() ? *params : QueryParams();
  }
  std::string RangeError(std::string_view query) const {
    return std::string(Message(ReadRangeParams(FakeRequest(fmt::format("/api/v1/query_range?{}", query)), config_).status()));
  }
  QueryParams Instant(std::string_view query) const {
    const auto params = ReadInstantParams(FakeRequest(fmt::format("/api/v1/query?{}", query)), config_, 5'000);
    EXPECT_TRUE(params.ok()) << params.status();
    return params.ok() ? *params : QueryParams();
  }

  QueryApiConfig config_;
};

TEST_F(QueryParamsTest, AnInstantQueryIsNowUnlessItSays) {
  EXPECT_EQ(Instant("query=up").start, 5'000);
  const QueryParams params = Instant("query=up&time=7&timeout=1m&limit=3&stats=all&engine=thanos&partial_response=0");
  EXPECT_EQ(params.query, "up");
  EXPECT_EQ(params.start, 7'000);
  EXPECT_EQ(params.end, 7'000);
  EXPECT_EQ(params.timeout, std::chrono::minutes(1));
  EXPECT_EQ(params.limit, 3u);
  EXPECT_EQ(params.stats, "all");
  EXPECT_FALSE(params.source.partial_response);
  EXPECT_TRUE(params.source.deduplicate);
  EXPECT_EQ(params.source.tenant, "default-tenant");
}

TEST_F(QueryParamsTest, StepHasThanosDefaultOrMustBeGiven) {
  EXPECT_EQ(Range("start=0&end=100&step=15").step_ms, 15'000);
  EXPECT_EQ(Range("start=0&end=100&step=0.5").step_ms, 500);
  EXPECT_EQ(Range("start=0&end=100").step_ms, 1'000);
  EXPECT_EQ(Range("start=0&end=25000").step_ms, 100'000);
  config_.default_step_ms = 0;
  EXPECT_EQ(RangeError("start=0&end=100"), R"(invalid parameter "step": cannot parse "" to a valid duration)");
}

TEST_F(QueryParamsTest, ErrorsAreThoseOfPrometheusAndThanos) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", R"(invalid parameter "start": cannot parse "" to a valid timestamp)"},
      {"start=0&end=x", R"(invalid parameter "end": cannot parse "x" to a valid timestamp)"},
      {"start=2&end=1", R"(invalid parameter "end": end timestamp must not be before start time)"},
      {"start=1&end=2&step=0",
       R"(invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer)"},
      {"start=1&end=2&step=-1",
       R"(invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer)"},
      {"start=0&end=11001&step=1",
       "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"},
      {"start=-1e15&end=1e15&step=1",
       "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"},
      {"start=1&end=2&step=1&timeout=x", R"(invalid parameter "timeout": cannot parse "x" to a valid duration)"},
      {"start=1&end=2&step=1&engine=mysql", "'mysql' bad engine"},
      {"start=1&end=2&step=1&max_source_resolution=x",
       R"('max_source_resolution' parameter: cannot parse "x" to a valid duration)"},
      {"start=1&end=2&step=1&max_source_resolution=-5",
       "negative 'max_source_resolution' is not accepted. Try a positive integer"},
      {"start=1&end=2&step=1&lookback_delta=x", R"('lookback_delta' parameter: cannot parse "x" to a valid duration)"},
  };
  for (const auto& [query, error] : cases) EXPECT_EQ(RangeError(query), error) << query;
  EXPECT_EQ(Range("start=0&end=11000&step=1").step_ms, 1'000);
}

TEST_F(QueryParamsTest, ResolutionMayBeAutomatic) {
  EXPECT_EQ(Range("start=0&end=9&step=50&max_source_resolution=5m").source.max_source_resolution_ms, 300'000);
  EXPECT_EQ(Range("start=0&end=9&step=50").source.max_source_resolution_ms, 0);
  EXPECT_EQ(Range("start=0&end=9&step=50&max_source_resolution=auto").source.max_source_resolution_ms, 10'000);
  config_.auto_downsampling = true;
  EXPECT_EQ(Range("start=0&end=9&step=50").source.max_source_resolution_ms, 10'000);
  EXPECT_EQ(Range("start=0&end=9&step=50&max_source_resolution=0s").source.max_source_resolution_ms, 0);
}

TEST_F(QueryParamsTest, CoarserDataStandInWhereTheResolutionIsAutomatic) {
  EXPECT_EQ(Range("start=0&end=9&step=50&max_source_resolution=auto").source.fallback_resolution_ms, 3'600'000);
  EXPECT_EQ(Range("start=0&end=9&step=50&max_source_resolution=5m").source.fallback_resolution_ms, 300'000);
  EXPECT_EQ(Range("start=0&end=9&step=50").source.fallback_resolution_ms, 0);
}

TEST_F(QueryParamsTest, LookbackGrowsWithTheResolution) {
  EXPECT_EQ(LookbackFor(0, config_), 300'000);
  EXPECT_EQ(LookbackFor(300'000, config_), 300'000);
  EXPECT_EQ(LookbackFor(300'001, config_), 3'600'000);
  config_.lookback_ms = 60'000;
  EXPECT_EQ(LookbackFor(60'000, config_), 60'000);
  EXPECT_EQ(LookbackFor(300'000, config_), 300'000);
  config_.dynamic_lookback = false;
  EXPECT_EQ(LookbackFor(3'600'000, config_), 60'000);
  EXPECT_EQ(Range("start=0&end=9&step=50&lookback_delta=7").lookback_ms, 7'000);
}

TEST_F(QueryParamsTest, ReplicaLabelsStoresAndShards) {
  config_.replica_labels = {"replica"};
  EXPECT_THAT(Instant("query=up").source.replica_labels, ElementsAre("replica"));
  const SourceOptions source = Instant(
                                   "query=up&replicaLabels[]=a&replicaLabels[]=b&storeMatch[]={__address__=\"x\"}&"
                                   "shard_info={\"shard_index\":1,\"total_shards\":3,\"by\":true,\"labels\":[\"job\"]}")
                                   .source;
  EXPECT_THAT(source.replica_labels, ElementsAre("a", "b"));
  ASSERT_EQ(source.store_matchers.size(), 1u);
  EXPECT_EQ(ToString(source.store_matchers[0]), "{__address__=\"x\"}");
  EXPECT_EQ(source.shard.index, 1);
  EXPECT_EQ(source.shard.total, 3);
  EXPECT_TRUE(source.shard.by);
  EXPECT_THAT(source.shard.labels, ElementsAre("job"));
}

}  // namespace
}  // namespace varve
