#include "promql/engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/errors.h"
#include "base/float_text.h"
#include "promql/parser.h"
#include "runtime/executor.h"
#include "storage/testing/memory_series_source.h"

namespace varve::promql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kMinute = 60'000;

// Series as "labels => value@step value@step ...", histograms as "h".
std::string Show(const StepSeries& series) {
  std::string text = series.labels.ToString() + " =>";
  series.present.ForEach([&](size_t step) {
    text += " " + (series.IsHistogram(step) ? std::string("h") : FormatFloatGeneral(series.values[step])) + "@" +
            std::to_string(step);
  });
  return text;
}

std::vector<std::string> Show(const absl::StatusOr<QueryResult>& result) {
  if (!result.ok()) return {result.status().ToString()};
  std::vector<std::string> shown;
  for (const StepSeries& series : result->series) shown.push_back(Show(series));
  return shown;
}

class EngineTest : public testing::Test {
 protected:
  // A sample a minute, from 0 on; "_" leaves one out, "stale" ends the series.
  void Load(std::string_view metric, std::initializer_list<std::string_view> values) {
    const Labels labels = *ParseMetric(metric);
    TimestampMs time = 0;
    for (const std::string_view value : values) {
      if (value != "_") source_.Append(labels, time, value == "stale" ? StaleNan() : *ParseGoFloat(value));
      time += kMinute;
    }
  }

  std::vector<std::string> Instant(std::string_view query, int64_t minute) {
    return Show(engine_.Instant(Context(), source_, query, minute * kMinute));
  }
  std::vector<std::string> Range(std::string_view query, int64_t from_minute, int64_t to_minute) {
    return Show(engine_.Range(Context(), source_, query, {from_minute * kMinute, to_minute * kMinute, kMinute}));
  }
  std::string Error(std::string_view query) {
    return std::string(engine_.Instant(Context(), source_, query, 0).status().message());
  }

  MemorySeriesSource source_;
  Engine engine_{EngineOptions{.parser = {.enable_experimental_functions = true}}};
};

TEST_F(EngineTest, ASelectorTakesTheLastSampleWithinTheLookback) {
  Load("x{a=\"1\"}", {"1", "2", "_", "_", "_", "_", "_", "_"});
  Load("x{a=\"2\"}", {"5", "stale", "_", "7"});
  EXPECT_THAT(Range("x", 0, 8), ElementsAre("{__name__=\"x\", a=\"1\"} => 1@0 2@1 2@2 2@3 2@4 2@5",
                                            "{__name__=\"x\", a=\"2\"} => 5@0 7@3 7@4 7@5 7@6 7@7"));
}

TEST_F(EngineTest, TheInputOfATopkOfNothingIsReadForItsAnnotations) {
  Load("x", {"0", "1", "2"});
  for (const std::string_view query : {"topk(0, rate(x[2m]))", "bottomk(-1, rate(x[2m]))", "limitk(0, rate(x[2m]))"}) {
    const absl::StatusOr<QueryResult> result = engine_.Instant(Context(), source_, query, 2 * kMinute);
    ASSERT_TRUE(result.ok()) << query;
    EXPECT_THAT(result->series, IsEmpty()) << query;
    EXPECT_THAT(result->infos, ElementsAre(HasSubstr("metric might not be a counter"))) << query;
  }
}

TEST_F(EngineTest, ASharedPartSpeaksOfEachOfItsPlaces) {
  Load("x", {"0", "1", "2"});
  const absl::StatusOr<QueryResult> result = engine_.Instant(Context(), source_, "1 + rate(x[2m]) / rate(x[2m])", 2 * kMinute);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->stats.fired.Of(Optimization::kSharedExpressions), 1);
  // The left side, which is read last.
  EXPECT_THAT(result->infos, ElementsAre(HasSubstr("(1:10)")));
  EXPECT_EQ(result->stats.samples.queried, 4);
}

TEST_F(EngineTest, APartTooLargeToBeKeptIsComputedAgain) {
  for (int i = 0; i < 20; ++i) Load("x{i=\"" + std::to_string(i) + "\"}", {"1", "2"});
  EngineOptions options;
  options.samples_max = 70;  // of which an eighth is not enough for 20 series
  const absl::StatusOr<QueryResult> tight = Engine(options).Instant(Context(), source_, "x / x", kMinute);
  ASSERT_TRUE(tight.ok()) << tight.status();
  EXPECT_EQ(tight->stats.samples_decoded, 80);
  const absl::StatusOr<QueryResult> roomy = engine_.Instant(Context(), source_, "x / x", kMinute);
  EXPECT_EQ(roomy->stats.samples_decoded, 40);
  EXPECT_EQ(Show(tight), Show(roomy));
}

TEST_F(EngineTest, ModifiersMoveTheTimeOfASelector) {
  Load("x", {"0", "1", "2", "3", "4", "5"});
  EXPECT_THAT(Range("x offset 1m", 2, 4), ElementsAre("{__name__=\"x\"} => 1@0 2@1 3@2"));
  EXPECT_THAT(Range("x offset -1m", 2, 4), ElementsAre("{__name__=\"x\"} => 3@0 4@1 5@2"));
  EXPECT_THAT(Range("x @ 60", 2, 4), ElementsAre("{__name__=\"x\"} => 1@0 1@1 1@2"));
  EXPECT_THAT(Range("x @ end() offset 1m", 2, 4), ElementsAre("{__name__=\"x\"} => 3@0 3@1 3@2"));
}

TEST_F(EngineTest, AWindowIsOpenOnTheLeft) {
  Load("x", {"1", "1", "1", "1", "1"});
  EXPECT_THAT(Range("count_over_time(x[2m])", 1, 4), ElementsAre("{} => 2@0 2@1 2@2 2@3"));
}

TEST_F(EngineTest, SubqueriesStandOnMultiplesOfTheirStep) {
  Load("x", {"0", "1", "2", "3", "4", "5", "6"});
  EXPECT_THAT(Instant("count_over_time(x[4m:2m])", 5), ElementsAre("{} => 2@0"));  // at 2m and 4m
  EXPECT_THAT(Range("sum_over_time((x * 2)[2m:1m])", 2, 4), ElementsAre("{} => 6@0 10@1 14@2"));
  EXPECT_THAT(Range("sum_over_time(x[2m:1m] @ 180)", 2, 4), ElementsAre("{} => 5@0 5@1 5@2"));
}

TEST_F(EngineTest, AggregationsGroupByLabels) {
  Load("x{a=\"1\", b=\"1\"}", {"1", "2"});
  Load("x{a=\"1\", b=\"2\"}", {"3", "_"});
  Load("x{a=\"2\", b=\"1\"}", {"5", "6"});
  EXPECT_THAT(Range("sum by (a) (x)", 0, 1), ElementsAre("{a=\"1\"} => 4@0 5@1", "{a=\"2\"} => 5@0 6@1"));
  EXPECT_THAT(Instant("avg without (b) (x)", 0), ElementsAre("{a=\"1\"} => 2@0", "{a=\"2\"} => 5@0"));
  EXPECT_THAT(Instant("count(x)", 0), ElementsAre("{} => 3@0"));
  EXPECT_THAT(Instant("min(x)", 0), ElementsAre("{} => 1@0"));
  EXPECT_THAT(Instant("max(x)", 0), ElementsAre("{} => 5@0"));
  EXPECT_THAT(Instant("group(x)", 0), ElementsAre("{} => 1@0"));
  EXPECT_THAT(Instant("stdvar(x)", 0), ElementsAre("{} => 2.6666666666666665@0"));
  EXPECT_THAT(Instant("quantile(0.5, x)", 0), ElementsAre("{} => 3@0"));
  EXPECT_THAT(Instant("topk(2, x)", 0),
              ElementsAre("{__name__=\"x\", a=\"2\", b=\"1\"} => 5@0", "{__name__=\"x\", a=\"1\", b=\"2\"} => 3@0"));
  EXPECT_THAT(Instant("count_values(\"v\", x)", 0), ElementsAre("{v=\"1\"} => 1@0", "{v=\"3\"} => 1@0", "{v=\"5\"} => 1@0"));
}

TEST_F(EngineTest, VectorsAreMatchedByLabels) {
  Load("x{a=\"1\"}", {"1"});
  Load("x{a=\"2\"}", {"2"});
  Load("y{a=\"1\", b=\"z\"}", {"10"});
  Load("y{a=\"2\", b=\"z\"}", {"20"});
  EXPECT_THAT(Instant("x + on(a) y", 0), ElementsAre("{a=\"1\"} => 11@0", "{a=\"2\"} => 22@0"));
  EXPECT_THAT(Instant("x * ignoring(b) group_left(b) y", 0),
              ElementsAre("{a=\"1\", b=\"z\"} => 10@0", "{a=\"2\", b=\"z\"} => 40@0"));
  EXPECT_THAT(Instant("y > on(a) 15 * x", 0), ElementsAre());
  EXPECT_THAT(Instant("x > 1", 0), ElementsAre("{__name__=\"x\", a=\"2\"} => 2@0"));
  EXPECT_THAT(Instant("x > bool 1", 0), ElementsAre("{a=\"1\"} => 0@0", "{a=\"2\"} => 1@0"));
  EXPECT_THAT(Instant("x and on(a) (y > 15)", 0), ElementsAre("{__name__=\"x\", a=\"2\"} => 2@0"));
  EXPECT_THAT(Instant("x unless on(a) (y > 15)", 0), ElementsAre("{__name__=\"x\", a=\"1\"} => 1@0"));
  EXPECT_THAT(Instant("sum(x > 100) or vector(0)", 0), ElementsAre("{} => 0@0"));
}

TEST_F(EngineTest, MatchingErrorsNameTheSeries) {
  Load("x{a=\"1\"}", {"1"});
  Load("y{a=\"1\", b=\"1\"}", {"10"});
  Load("y{a=\"1\", b=\"2\"}", {"20"});
  EXPECT_EQ(
      Error("x + on(a) y"),
      "found duplicate series for the match group {a=\"1\"} on the right hand-side of the operation: "
      "[{__name__=\"y\", a=\"1\", b=\"1\"}, {__name__=\"y\", a=\"1\", b=\"2\"}];many-to-many matching not allowed: matching "
      "labels must be unique on one side");
  EXPECT_EQ(Error("y + on(a) x"), "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)");
  EXPECT_EQ(Error("y + on(a) group_left(b) x"), "multiple matches for labels: grouping labels must ensure unique matches");
  EXPECT_EQ(Error("rate({__name__=~\"x|y\"}[5m])"), "");
}

TEST_F(EngineTest, NamesThatWereDroppedMayCollide) {
  Load("x{a=\"1\"}", {"1", "_"});
  Load("y{a=\"1\"}", {"_", "2"});
  source_.Append(Labels{{"__name__", "x"}, {"a", "1"}}, kMinute, StaleNan());
  EXPECT_THAT(Range("-{__name__=~\"x|y\"}", 0, 1), ElementsAre("{a=\"1\"} => -1@0 -2@1"));
  EXPECT_THAT(Range("count_over_time({__name__=~\"x|y\"}[5m])", 0, 1),
              ElementsAre("FAILED_PRECONDITION: vector cannot contain metrics with the same labelset"));
}

TEST_F(EngineTest, RatesExtrapolate) {
  Load("x_total", {"0", "60", "120", "10", "70"});
  EXPECT_THAT(Instant("rate(x_total[5m])", 4), ElementsAre("{} => 0.6333333333333334@0"));
  EXPECT_THAT(Instant("increase(x_total[2m])", 4), ElementsAre("{} => 70@0"));
}

TEST_F(EngineTest, WarningsCarryPositions) {
  Load("x", {"0", "60", "120"});
  const absl::StatusOr<QueryResult> result =
      engine_.Instant(Context(), source_, "sum(rate(x[5m])) + quantile(2, x)", 2 * kMinute);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->infos, ElementsAre("PromQL info: metric might not be a counter, name does not end in "
                                         "_total/_sum/_count/_bucket: \"x\" (1:10)"));
  EXPECT_THAT(result->warnings, ElementsAre("PromQL warning: quantile value should be between 0 and 1, got 2 (1:29)"));
}

TEST_F(EngineTest, AnswersDoNotDependOnTheNumberOfWorkers) {
  for (int i = 0; i < 2000; ++i) {
    const Labels labels = {{"__name__", "x_total"}, {"i", std::to_string(i)}, {"j", std::to_string(i % 7)}};
    for (int64_t minute = 0; minute < 20; ++minute) source_.Append(labels, minute * kMinute, std::sqrt(i * 31 + minute));
  }
  for (const std::string_view query : {"sum by (j) (rate(x_total[5m]))", "avg(x_total)", "stddev by (j) (x_total * 0.1)",
                                       "topk(5, rate(x_total[3m]))", "x_total / on(i) rate(x_total[4m])"}) {
    const QueryTimes times = {5 * kMinute, 19 * kMinute, kMinute};
    const std::vector<std::string> expected = Show(engine_.Range(Context(), source_, query, times));
    for (const size_t workers : {1, 3, 8}) {
      Executor executor("test", workers);
      const Engine parallel(EngineOptions{.executor = &executor});
      EXPECT_EQ(Show(parallel.Range(Context(), source_, query, times)), expected) << query << " with " << workers;
    }
  }
}

TEST_F(EngineTest, ScalarsAndStrings) {
  EXPECT_THAT(Range("1 + 2 * time()", 0, 1), ElementsAre("{} => 1@0 121@1"));
  const absl::StatusOr<QueryResult> text = engine_.Instant(Context(), source_, "\"hello\"", 0);
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(text->type, ValueType::kString);
  EXPECT_EQ(text->text, "hello");
}

TEST_F(EngineTest, DurationsInSecondsAreThoseOfGo) {
  EXPECT_THAT(Show(engine_.Range(Context(), source_, "step()", {0, 4706, 4706})),
              ElementsAre("{} => 4.7059999999999995@0 4.7059999999999995@1"));  // 4 + 0.706
  EXPECT_THAT(Show(engine_.Range(Context(), source_, "range()", {0, 4706, 4706})),
              ElementsAre("{} => 4.7059999999999995@0 4.7059999999999995@1"));
  source_.Append(Labels{{"__name__", "x_total"}}, 1, 0);
  source_.Append(Labels{{"__name__", "x_total"}}, 4706, 1);
  EXPECT_THAT(Show(engine_.Instant(Context(), source_, "rate(x_total[4706ms])", 4706)),
              ElementsAre("{} => 0.2124946876328092@0"));
}

TEST_F(EngineTest, ARangeVectorIsAnAnswerToAnInstantQuery) {
  Load("x", {"0", "1", "stale", "3"});
  const absl::StatusOr<QueryResult> raw = engine_.Instant(Context(), source_, "x[5m]", 3 * kMinute);
  ASSERT_TRUE(raw.ok());
  ASSERT_EQ(raw->raw.size(), 1u);
  EXPECT_THAT(raw->raw[0].samples.floats.values, ElementsAre(0, 1, 3));
  EXPECT_THAT(Show(engine_.Instant(Context(), source_, "x[2m:1m]", 1 * kMinute)), ElementsAre("{__name__=\"x\"} => 0@0 1@1"));
}

TEST_F(EngineTest, LimitsEndAQuery) {
  for (int i = 0; i < 100; ++i) source_.Append(Labels{{"__name__", "x"}, {"i", std::to_string(i)}}, 0, 1);
  const Engine small(EngineOptions{.samples_max = 50});
  EXPECT_THAT(Show(small.Instant(Context(), source_, "x", 0)),
              ElementsAre("RESOURCE_EXHAUSTED: query processing would load too many samples into memory in query execution"));
  const Engine tight(EngineOptions{.memory_bytes_max = 100});
  EXPECT_EQ(tight.Instant(Context(), source_, "x", 0).status().code(), absl::StatusCode::kResourceExhausted);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(Show(engine_.Instant(Context().WithStop(stop.get_token()), source_, "x", 0)),
              ElementsAre("CANCELLED: query was canceled in expression evaluation"));
}

TEST_F(EngineTest, ATimeoutEndsAQuery) {
  Load("x", {"1"});
  const Engine hasty(EngineOptions{.timeout = std::chrono::nanoseconds(1)});
  EXPECT_THAT(Show(hasty.Instant(Context(), source_, "x", 0)),
              ElementsAre("DEADLINE_EXCEEDED: query timed out in expression evaluation"));
}

TEST_F(EngineTest, TimesBeyondReasonAreRefused) {
  EXPECT_EQ(engine_.Instant(Context(), source_, "x", kMaxTimestamp).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Instant("x @ 9223372036854775.807 offset -5m", 0), IsEmpty());
  EXPECT_EQ(engine_.Range(Context(), source_, "x", {0, 1, 0}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(engine_.Range(Context(), source_, "x", {0, kQueryTimeMax, 1}).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(Show(engine_.Range(Context(), source_, "x", {10, 0, 1})), IsEmpty());
}

TEST_F(EngineTest, WithoutDelayedNameRemovalCollisionsAreErrors) {
  Load("a_bucket{le=\"1\"}", {"1"});
  Load("a_bucket{le=\"+Inf\"}", {"2"});
  Load("b_bucket{le=\"1\"}", {"1"});
  Load("b_bucket{le=\"+Inf\"}", {"2"});
  EXPECT_THAT(Instant("histogram_quantile(0.5, {__name__=~\"._bucket\"})", 0),
              ElementsAre("FAILED_PRECONDITION: vector cannot contain metrics with the same labelset"));
  EXPECT_THAT(Instant("absent_over_time({__name__=~\"._bucket\"}[5m])", 0), IsEmpty());
  EXPECT_THAT(Instant("rate({__name__=~\"._bucket\", le=\"1\"}[5m])", 0), IsEmpty());
}

TEST_F(EngineTest, HistogramsAreSummedAndAveraged) {
  const FloatHistogram histogram = {.zero_count = 1, .count = 3, .sum = 6, .positive_spans = {{0, 1}}, .positive = {2}};
  for (const std::string_view instance : {"1", "2"}) source_.Append(Labels{{"__name__", "h"}, {"i", instance}}, 0, histogram);
  const absl::StatusOr<QueryResult> sum = engine_.Instant(Context(), source_, "sum(h)", 0);
  ASSERT_TRUE(sum.ok());
  EXPECT_EQ(sum->series.at(0).histograms.at(0)->count, 6);
  const absl::StatusOr<QueryResult> average = engine_.Instant(Context(), source_, "avg(h) * 2", 0);
  ASSERT_TRUE(average.ok());
  EXPECT_EQ(average->series.at(0).histograms.at(0)->positive.at(0), 4);
  source_.Append(Labels{{"__name__", "h"}, {"i", "3"}}, 0, 1.0);
  const absl::StatusOr<QueryResult> mixed = engine_.Instant(Context(), source_, "sum(h)", 0);
  EXPECT_THAT(Show(mixed), IsEmpty());
  EXPECT_THAT(mixed->warnings, ElementsAre("PromQL warning: encountered a mix of histograms and floats for aggregation (1:5)"));
}

TEST_F(EngineTest, HistogramsWhoseResetsConflictAreNotAdded) {
  FloatHistogram histogram = {.zero_count = 1, .count = 3, .sum = 6, .positive_spans = {{0, 1}}, .positive = {2}};
  histogram.reset_hint = CounterResetHint::kReset;
  source_.Append(Labels{{"__name__", "h"}}, 0, histogram);
  histogram.reset_hint = CounterResetHint::kNotReset;
  source_.Append(Labels{{"__name__", "i"}}, 0, histogram);
  for (const std::string_view op : {"+", "-"}) {
    const absl::StatusOr<QueryResult> result = engine_.Instant(Context(), source_, "h " + std::string(op) + " i", 0);
    EXPECT_THAT(Show(result), IsEmpty());
    EXPECT_THAT(result->warnings, ElementsAre(HasSubstr("conflicting counter resets during histogram")));
  }
}

TEST_F(EngineTest, TheSourcesErrorsAndWarningsPassThrough) {
  Load("x", {"1"});
  source_.set_warnings({"store 1 did not answer"});
  EXPECT_THAT(engine_.Instant(Context(), source_, "x", 0)->warnings, ElementsAre("store 1 did not answer"));
  source_.set_failure(Unavailable("no store"));
  EXPECT_THAT(Show(engine_.Instant(Context(), source_, "sum(x)", 0)), ElementsAre("UNAVAILABLE: expanding series: no store"));
}

TEST_F(EngineTest, EveryQueryIsAccounted) {
  Load("x", {"1", "2", "3"});
  const absl::StatusOr<QueryResult> result =
      engine_.Range(Context(), source_, "sum(sum_over_time(x[2m]))", {0, 2 * kMinute, kMinute});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->stats.samples, (SampleCounts{.queried = 1 + 2 + 2, .read = 3}));
  EXPECT_EQ(result->stats.samples_decoded, 3);
  EXPECT_THAT(result->stats.samples_by_step, IsEmpty());
  EXPECT_GT(result->stats.samples_peak, 0);
  ASSERT_EQ(result->stats.operators.size(), 2u);
  EXPECT_THAT(result->stats.operators[1].description, HasSubstr("sum_over_time over 2m"));
}

}  // namespace
}  // namespace varve::promql
