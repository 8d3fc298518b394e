#include "promql/testing/random/random_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "promql/function_signatures.h"
#include "promql/parser.h"
#include "promql/testing/every_feature.h"
#include "promql/testing/random/random_series.h"
#include "promql/testing/script.h"

namespace varve::promql {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

struct Seen {
  std::set<std::string_view> functions;
  std::set<AggregateOp> aggregations;
  std::set<BinaryOp> operators;
  int parsed = 0, failed = 0;
};

Seen Generate(QueryDialect dialect, uint64_t count) {
  Seen seen;
  for (uint64_t seed = 0; seed < count; ++seed) {
    const absl::StatusOr<ExprPtr> expr = ParseExpr(RandomQuery(seed, dialect, 0).text, kEveryFeature);
    ++(expr.ok() ? seen.parsed : seen.failed);
    if (!expr.ok()) continue;
    Walk(**expr, [&seen](const Expr& node) {
      if (const auto* call = node.AsIf<Call>()) seen.functions.insert(call->name());
      if (const auto* aggregate = node.AsIf<AggregateExpr>()) seen.aggregations.insert(aggregate->op);
      if (const auto* binary = node.AsIf<BinaryExpr>()) seen.operators.insert(binary->op);
    });
  }
  return seen;
}

TEST(RandomQueryTest, AsksForEverythingThereIs) {
  const Seen seen = Generate(QueryDialect::kModern, 8000);
  std::vector<std::string_view> missing;
  for (const FunctionSignature& function : AllFunctions()) {
    if (!seen.functions.contains(function.name)) missing.push_back(function.name);
  }
  EXPECT_THAT(missing, IsEmpty());
  EXPECT_EQ(seen.aggregations.size(), 14u);
  EXPECT_EQ(seen.operators.size(), 18u);
  EXPECT_GT(seen.failed, 100);
  EXPECT_GT(seen.parsed, 7000);
}

TEST(RandomQueryTest, TheClassicDialectNeedsNoFeatures) {
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    const PromqlTestQuery query = RandomQuery(seed, QueryDialect::kClassic, 0);
    if (query.text.find("double_exponential_smoothing") != std::string::npos) continue;  // holt_winters was no experiment
    EXPECT_EQ(ParseExpr(query.text, kEveryFeature).ok(), ParseExpr(query.text).ok()) << query.text;
  }
}

TEST(RandomQueryTest, ASeedGivesTheSameQueryAgain) {
  const PromqlTestQuery a = RandomQuery(7, QueryDialect::kModern, 0), b = RandomQuery(7, QueryDialect::kModern, 0);
  EXPECT_EQ(a.text, b.text);
  EXPECT_EQ(a.start, b.start);
  EXPECT_NE(RandomQuery(8, QueryDialect::kModern, 0).text, a.text);
}

TEST(RandomSeriesTest, BetweenSecondsNoSampleIsOnAnEdge) {
  const SeriesMap series = RandomSeries(1, {.start = 600'000, .modern = false, .between_seconds = true});
  size_t samples = 0;
  for (const auto& [labels, columns] : series) {
    for (const TimestampMs time : columns.floats.times) EXPECT_NE(time % 1000, 0);
    for (const TimestampMs time : columns.histograms.times) EXPECT_NE(time % 1000, 0);
    EXPECT_TRUE(std::ranges::is_sorted(columns.floats.times));
    samples += columns.size();
  }
  EXPECT_GT(series.size(), 80u);
  EXPECT_GT(samples, 8000u);
}

TEST(RandomSeriesTest, HistogramsAreValid) {
  for (uint64_t seed = 1; seed < 5; ++seed) {
    for (const auto& [labels, columns] : RandomSeries(seed, {})) {
      for (const FloatHistogram& histogram : columns.histograms.values)
        EXPECT_TRUE(histogram.Validate().ok()) << labels.ToString();
    }
  }
}

}  // namespace
}  // namespace varve::promql
