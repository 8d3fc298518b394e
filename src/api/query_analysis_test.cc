#include "api/query_analysis.h"

#include <gtest/gtest.h>

namespace varve {
namespace {

using namespace std::chrono_literals;

promql::QueryStats SomeStats() {
  promql::QueryStats stats;
  stats.samples_peak = 9;
  stats.operators = {
      {.depth = 0, .description = "one-to-one /", .elapsed = 3ms, .series = 1, .samples = 4, .bytes = 64},
      {.depth = 1, .description = "sum", .elapsed = 2ms, .series = 1, .samples = 4, .bytes = 64},
      {.depth = 2,
       .description = "scan {a=\"1\"}",
       .elapsed = 1500us,
       .series = 3,
       .samples = 12,
       .bytes = 99,
       .samples_read = 40},
      {.depth = 1, .description = "number 2", .elapsed = 0ns},
  };
  stats.fired.Add(promql::Optimization::kConstantFolding, 2);
  return stats;
}

TEST(QueryAnalysisTest, AnExplanationIsATreeOfNames) {
  EXPECT_EQ(ExplanationJson(SomeStats()),
            R"({"name":"one-to-one /","children":[{"name":"sum","children":[{"name":"scan {a=\"1\"}"}]},{"name":"number 2"}],)"
            R"("rewrites":[{"name":"constant-folding","count":2}]})");
}

TEST(QueryAnalysisTest, AnAnalysisHasWhatWasMeasured) {
  EXPECT_EQ(
      AnalysisJson(SomeStats()),
      R"({"name":"one-to-one /","executionTime":"3ms","peakSamples":9,"totalSamples":40,"series":1,"samples":4,"bytes":64,)"
      R"("children":[{"name":"sum","executionTime":"2ms","totalSamples":40,"series":1,"samples":4,"bytes":64,)"
      R"("children":[{"name":"scan {a=\"1\"}","executionTime":"1.5ms","totalSamples":40,"series":3,"samples":12,"bytes":99}]},)"
      R"({"name":"number 2","executionTime":"0s"}],"rewrites":[{"name":"constant-folding","count":2}]})");
}

TEST(QueryAnalysisTest, ItsRootTellsWhatTheBucketWasAskedFor) {
  promql::QueryStats stats;
  stats.operators = {{.depth = 0, .description = "scan", .elapsed = 1ms}};
  const BucketUsage::Totals bucket = {
      .requests = {0, 3, 1, 0, 0}, .bytes_read = 8'192, .retries = 1, .cache_hits = 2, .cache_bytes = 64, .nanodollars = 1'600};
  EXPECT_EQ(AnalysisJson(stats, bucket),
            R"({"name":"scan","executionTime":"1ms","bucket":{"requests":{"get":3,"head":1},"retries":1,"bytesRead":8192,)"
            R"("cacheHits":2,"cacheBytes":64,"dollars":0.0000016},"rewrites":[]})");
}

TEST(QueryAnalysisTest, AQueryWithoutOperatorsIsAnEmptyTree) { EXPECT_EQ(ExplanationJson({}), "{}"); }

TEST(QueryAnalysisTest, DurationsAreGos) {
  EXPECT_EQ(GoDuration(0ns), "0s");
  EXPECT_EQ(GoDuration(7ns), "7ns");
  EXPECT_EQ(GoDuration(1'250ns), "1.25µs");
  EXPECT_EQ(GoDuration(20ms), "20ms");
  EXPECT_EQ(GoDuration(1'000'001us), "1.000001s");
  EXPECT_EQ(GoDuration(2min + 3s + 250ms), "2m3.25s");
  EXPECT_EQ(GoDuration(100min), "1h40m0s");
}

}  // namespace
}  // namespace varve
