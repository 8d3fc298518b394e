#include "promql/testing/random/differential_trial.h"

#include <gtest/gtest.h>

#include "promql/testing/query_fixture.h"
#include "promql/testing/random/random_query.h"
#include "promql/testing/random/random_series.h"
#include "promql/testing/random/smaller_queries.h"
#include "storage/testing/memory_series_source.h"

namespace varve::promql {
namespace {

// An engine like ours, but for what `spoil` does to its answers.
class DifferentialTrialTest : public testing::Test {
 protected:
  DifferentialTrialTest() {
    for (const auto& [labels, samples] : RandomSeries(1, {})) {
      source_.Put(labels, samples);
      labels_.push_back(labels);
    }
  }

  QueryOracle Oracle(std::function<void(const PromqlTestQuery&, QueryAnswer&)> spoil) {
    return [this, spoil](const PromqlTestQuery& query) -> absl::StatusOr<QueryAnswer> {
      QueryAnswer answer =
          ToAnswer(query.is_range ? engine_.Range(Context(), source_, query.text, {query.start, query.end, query.step_ms})
                                  : engine_.Instant(Context(), source_, query.text, query.start));
      spoil(query, answer);
      return answer;
    };
  }

  Verdict Judge(std::string text, std::function<void(QueryAnswer&)> spoil) {
    const DifferentialTrial trial(ScriptEngineOptions(), source_,
                                  Oracle([spoil](const PromqlTestQuery&, QueryAnswer& answer) { spoil(answer); }),
                                  OracleKind::kSameVersion);
    return trial.Run({.text = std::move(text), .start = 900'000, .end = 900'000})->verdict;
  }

  MemorySeriesSource source_;
  std::vector<Labels> labels_;
  Engine engine_{ScriptEngineOptions()};
};

void Scale(QueryAnswer& answer, double factor) {
  for (AnswerSeries& series : answer.series) {
    for (AnswerPoint& point : series.points) point.value *= factor;
  }
}

TEST_F(DifferentialTrialTest, AgreesWithItself) {
  const DifferentialTrial trial(ScriptEngineOptions(), source_, Oracle([](const PromqlTestQuery&, QueryAnswer&) {}),
                                OracleKind::kSameVersion);
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    const PromqlTestQuery query = RandomQuery(seed, QueryDialect::kModern, 0);
    EXPECT_EQ(trial.Run(query)->verdict, Verdict::kSame) << query.text;
  }
}

TEST_F(DifferentialTrialTest, ASelectorIsHeldToTheBit) {
  EXPECT_EQ(Judge("g", [](QueryAnswer& answer) { Scale(answer, 1 + 1e-15); }), Verdict::kDifferent);
  EXPECT_EQ(Judge("g", [](QueryAnswer& answer) { answer.series.pop_back(); }), Verdict::kDifferent);
  EXPECT_EQ(Judge("g", [](QueryAnswer& answer) { answer.infos.push_back("?"); }), Verdict::kDifferent);
}

TEST_F(DifferentialTrialTest, SumsMayRound) {
  EXPECT_EQ(Judge("sum(g)", [](QueryAnswer& answer) { Scale(answer, 1 + 1e-14); }), Verdict::kSame);
  EXPECT_EQ(Judge("sum(g)", [](QueryAnswer& answer) { Scale(answer, 1 + 1e-9); }), Verdict::kDifferent);
  const auto add = [](QueryAnswer& answer) { answer.series.at(0).points.at(0).value += 1e-13; };
  EXPECT_EQ(Judge("sum(g) - sum(g)", add), Verdict::kRounding);
  EXPECT_EQ(Judge("count(g) - count(g)", add), Verdict::kDifferent);
}

TEST_F(DifferentialTrialTest, ADifferenceIsShrunk) {
  // Wrong wherever changes() takes part.
  const DifferentialTrial trial(ScriptEngineOptions(), source_, Oracle([](const PromqlTestQuery& query, QueryAnswer& answer) {
                                  if (query.text.find("changes") != std::string::npos) Scale(answer, 2);
                                }),
                                OracleKind::kSameVersion);
  const PromqlTestQuery query = {.text =
                                     "sum by (job) (abs(changes(g{job=\"a\"}[5m] offset 1m)) + on(job, instance) "
                                     "group_left() max by (job, instance) (c_total)) * 2 > 0",
                                 .is_range = true,
                                 .start = 600'000,
                                 .end = 1'200'000,
                                 .step_ms = 60'000};
  const PromqlTestQuery small = Shrink(query, trial.parser(), labels_, [&trial](const PromqlTestQuery& candidate) {
    return trial.Run(candidate)->verdict == Verdict::kDifferent;
  });
  EXPECT_FALSE(small.is_range);
  EXPECT_TRUE(small.text.starts_with("changes({")) << small.text;
  EXPECT_TRUE(small.text.ends_with("])")) << small.text;
}

}  // namespace
}  // namespace varve::promql
