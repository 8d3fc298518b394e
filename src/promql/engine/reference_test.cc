// Random queries answered by the engine and by the plain evaluator of testing/reference, over the same random series.
// fuzz/promql_differential asks more of them.
#include <gtest/gtest.h>

#include "promql/testing/every_feature.h"
#include "promql/testing/random/differential_trial.h"
#include "promql/testing/random/random_query.h"
#include "promql/testing/random/random_series.h"
#include "promql/testing/reference/reference_evaluator.h"
#include "promql/testing/script.h"
#include "runtime/executor.h"
#include "storage/testing/memory_series_source.h"

namespace varve::promql {
namespace {

class ReferenceTest : public testing::TestWithParam<uint64_t> {};

TEST_P(ReferenceTest, TheEngineAnswersAsThePlainEvaluatorDoes) {
  const SeriesMap series = RandomSeries(GetParam(), {.start = 0});
  MemorySeriesSource source;
  for (const auto& [labels, samples] : series) source.Put(labels, samples);
  const ReferenceEvaluator reference(series, kEveryFeature);
  Executor executor("reference", 2);
  const DifferentialTrial trial(
      {.executor = &executor, .parser = kEveryFeature}, source,
      [&reference](const PromqlTestQuery& query) -> absl::StatusOr<QueryAnswer> { return reference.Ask(query); },
      OracleKind::kStepByStep);
  int answered = 0;
  for (uint64_t seed = GetParam() * 1000; seed < GetParam() * 1000 + 750; ++seed) {
    const PromqlTestQuery query = RandomQuery(seed, QueryDialect::kModern, 0);
    const TrialResult result = *trial.Run(query);
    EXPECT_NE(result.verdict, Verdict::kDifferent)
        << query.text << "\n  from " << query.start << " to " << query.end << " step " << query.step_ms
        << (query.is_range ? "" : " instant") << "\n  " << result.difference << "\nengine:\n"
        << ToString(result.ours) << "reference:\n"
        << ToString(result.theirs);
    answered += result.theirs.status.ok() && !result.theirs.series.empty() ? 1 : 0;
  }
  EXPECT_GT(answered, 375);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ReferenceTest, testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace varve::promql
