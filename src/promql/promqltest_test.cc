#include "promql/testing/promqltest.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/errors.h"
#include "promql/testing/at_modifier_variants.h"
#include "promql/testing/script.h"
#include "promql/testing/script_storage.h"
#include "runtime/context.h"

namespace varve::promql {
namespace {

constexpr char kScripts[] = VARVE_SOURCE_DIR "/../shared/conformance/promql";

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string ErrorOf(std::string_view script) { return std::string(Message(ParseScript(script).status())); }

TEST(PromqltestTest, ReadsAllOfPrometheusScripts) {
  if (!std::filesystem::exists(kScripts)) GTEST_SKIP() << "no scripts at " << kScripts;
  size_t evals = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kScripts)) {
    if (entry.path().extension() != ".test") continue;
    const auto commands = ParseScript(ReadFile(entry.path()));
    ASSERT_TRUE(commands.ok()) << entry.path() << ": " << commands.status();
    ScriptStorage storage;
    for (const ScriptCommand& command : *commands) {
      evals += std::holds_alternative<EvalCommand>(command) ? 1 : 0;
      if (const auto* load = std::get_if<LoadCommand>(&command)) {
        EXPECT_TRUE(storage.Load(*load).ok()) << entry.path();
      }
    }
  }
  EXPECT_GT(evals, 1000u);
}

TEST(PromqltestTest, ReadsCommands) {
  const auto commands = ParseScript(R"(
# a comment
load 5m
  a@st  -1m+30sx1 _
  a     1+1x1 3
  b     {{count:1}}

clear
eval range from 0 to 10m step 5m a + b
  expect warn regex: mix.*floats
  expect no_info
  {} 1 _ 3

eval instant at 1m "x"
  expect string "x"

eval_fail instant at 1m ceil(a)
  expected_fail_message bad
eval instant at 1m 1
  1
)");
  ASSERT_TRUE(commands.ok()) << commands.status();
  ASSERT_EQ(commands->size(), 6u);
  const auto& load = std::get<LoadCommand>((*commands)[0]);
  EXPECT_EQ(load.step_ms, 300'000);
  ASSERT_EQ(load.series.size(), 2u);
  EXPECT_EQ(load.series[0].start_offsets, (std::vector<std::optional<int64_t>>{-60'000, -30'000, std::nullopt}));
  const auto& range = std::get<EvalCommand>((*commands)[2]);
  EXPECT_TRUE(range.is_range);
  EXPECT_EQ(range.query, "a + b");
  EXPECT_EQ(range.end, 600'000);
  EXPECT_TRUE(range.warnings.at(0).Matches("a mix of floats"));
  EXPECT_FALSE(range.warnings.at(0).Matches("floats"));
  EXPECT_TRUE(range.no_info);
  EXPECT_EQ(std::get<EvalCommand>((*commands)[3]).text, "x");
  EXPECT_TRUE(std::get<EvalCommand>((*commands)[4]).failures.at(0).Matches("bad"));
  EXPECT_EQ(std::get<EvalCommand>((*commands)[5]).scalar, 1);
}

TEST(PromqltestTest, SaysWhichLineIsWrong) {
  EXPECT_EQ(ErrorOf("\nlord 5m"), "line 2: invalid command \"lord 5m\"");
  EXPECT_EQ(ErrorOf("load 5\n"), "line 1: invalid step definition \"5\": not a valid duration string: \"5\"");
  EXPECT_EQ(ErrorOf("load 5m\n a{ 1"), "line 2: 1:4: parse error: unexpected character inside braces: '1'");
  EXPECT_EQ(ErrorOf("load 5m\n a@st 1s"), "line 2: @st line has no following sample line");
  EXPECT_EQ(ErrorOf("eval instant at 5m sum("), "line 1: 1:5: parse error: unclosed left parenthesis");
  EXPECT_EQ(ErrorOf("eval instant at 5m a\n a 1 2"),
            "line 2: expecting multiple values in instant evaluation not allowed. consider using 'expect range vector' directive "
            "to enable "
            "a range vector result for an instant query");
  EXPECT_EQ(ErrorOf("eval instant at 5m a\n expect warn\n expect no_warn"),
            "line 3: invalid expect lines, warn and no_warn cannot be used together");
  EXPECT_EQ(ErrorOf("eval instant at 5m a\n expect warm"),
            "line 2: invalid expect statement, must match `expect <type> <match_type>: <string>` format");
}

TEST(PromqltestTest, PinsQueriesToATime) {
  const std::vector<PinnedQuery> variants = PinnedVariants("sum(a offset 1m) + rate(b[5m:1m]) * c @ 7", 5'000);
  ASSERT_EQ(variants.size(), 5u);
  EXPECT_EQ(variants[0].text, "sum(a @ 5.000 offset 1m) + rate(b[5m:1m] @ 5.000) * c @ 7.000");
  EXPECT_EQ(variants[0].time, -50'000);
  EXPECT_TRUE(PinnedVariants("a + time()", 5'000).empty());
}

SeriesSamples SamplesOf(SeriesSource& source, std::string_view name) {
  SeriesSamples samples;
  const Context ctx;
  auto set = source.Select(ctx, {.matchers = {Matcher::Equal(kMetricName, name)}});
  EXPECT_TRUE(set.ok() && (*set)->Next());
  EXPECT_TRUE((*set)->At()->Read(ctx, {}, samples).ok());
  return samples;
}

void LoadInto(ScriptStorage& storage, std::string_view script) {
  const auto commands = ParseScript(script);
  ASSERT_TRUE(commands.ok()) << commands.status();
  ASSERT_TRUE(storage.Load(std::get<LoadCommand>(commands->at(0))).ok());
}

TEST(PromqltestTest, StoresHistogramsAsPrometheusDoes) {
  ScriptStorage storage;
  LoadInto(storage,
           "load 1m\n h {{count:1}} {{count:2}} {{count:1}} stale {{count:1}} 5 {{counter_reset_hint:gauge}} stale\n f@st -5s "
           "_\n f 1 stale\n");
  const SeriesSamples histograms = SamplesOf(storage.source(), "h");
  std::vector<CounterResetHint> hints;
  for (const FloatHistogram& histogram : histograms.histograms.values) hints.push_back(histogram.reset_hint);
  using enum CounterResetHint;
  EXPECT_EQ(hints, (std::vector<CounterResetHint>{kUnknown, kNotReset, kUnknown, kNotReset, kUnknown, kGauge, kUnknown}));
  EXPECT_TRUE(histograms.histograms.values[3].is_stale());
  EXPECT_EQ(histograms.floats.times, std::vector<TimestampMs>{300'000});
  EXPECT_EQ(SamplesOf(storage.source(), "f").floats.start_times, (std::vector<TimestampMs>{-5'000, 0}));
}

TEST(PromqltestTest, AddsNativeHistogramsForClassicOnes) {
  ScriptStorage storage;
  LoadInto(storage, "load_with_nhcb 1m\n h_bucket{le='1'} 1\n h_bucket{le='+Inf'} 3\n h_count 3\n h_sum 7.5\n");
  const SeriesSamples samples = SamplesOf(storage.source(), "h");
  ASSERT_EQ(samples.histograms.size(), 1u);
  const FloatHistogram& histogram = samples.histograms.values[0];
  EXPECT_EQ(histogram.custom_values, std::vector<double>{1});
  EXPECT_EQ(histogram.positive, (std::vector<double>{1, 2}));
  EXPECT_EQ(histogram.count, 3);
  EXPECT_EQ(histogram.sum, 7.5);
}

// Answers every query with what it was told.
struct FakeEngine {
  PromqlTestResult instant, range;
  std::multiset<std::string> asked;

  PromqlTestEngine AsEngine() {
    return [this](SeriesSource&, const PromqlTestQuery& query) {
      asked.insert((query.is_range ? "range " : "instant ") + query.text);
      if (!query.is_range) return instant;
      PromqlTestResult result = range;
      for (auto& series : result.series) series.samples.floats.times = {query.start, query.start + query.step_ms, query.end};
      return result;
    };
  }
};

PromqlTestResult::Series SeriesWith(Labels labels, std::vector<double> values) {
  PromqlTestResult::Series series{.labels = std::move(labels)};
  for (const double value : values) series.samples.floats.Append(0, value);
  return series;
}

std::string FirstFailure(FakeEngine& engine, std::string_view expectations) {
  const auto report = RunScript("eval instant at 1m a\n" + std::string(expectations), engine.AsEngine());
  EXPECT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->evals, 1);
  return report->failures.empty() ? "" : report->failures[0];
}

TEST(PromqltestTest, AsksInAllForms) {
  FakeEngine engine{.instant = {.series = {SeriesWith({}, {1})}},
                    .range = {.type = ValueType::kMatrix, .series = {SeriesWith({}, {5, 1, 5})}}};
  EXPECT_EQ(FirstFailure(engine, " {} 1.0000001\n"), "");
  EXPECT_EQ(engine.asked.count("instant a"), 1u);
  EXPECT_EQ(engine.asked.count("instant a @ 60.000"), 5u);
  EXPECT_EQ(engine.asked.count("range a"), 1u);
  EXPECT_EQ(engine.asked.count("range a @ 60.000"), 5u);
  engine.range.series[0].samples.floats.values[1] = 2;
  EXPECT_EQ(FirstFailure(engine, " {} 1\n"), "line 1: a: over a range: expected 1 for {} but got 2");
}

TEST(PromqltestTest, FindsWrongAnswers) {
  FakeEngine engine{.instant = {.series = {SeriesWith({{"x", "1"}}, {1}), SeriesWith({{"x", "2"}}, {2})},
                                .warnings = {"PromQL warning: w (1:1)"}}};
  EXPECT_EQ(FirstFailure(engine, " {x='1'} 1\n"), "line 1: a: unexpected metric {x=\"2\"} in result");
  EXPECT_EQ(FirstFailure(engine, " {x='1'} 1\n {x='2'} 2\n {x='3'} 3\n"), "line 1: a: expected metric {x=\"3\"} not found");
  EXPECT_EQ(FirstFailure(engine, " expect ordered\n {x='2'} 2\n {x='1'} 1\n"),
            "line 1: a: metric {x=\"1\"} is not expected at position 1");
  EXPECT_EQ(FirstFailure(engine, " 5\n"), "line 1: a: expected scalar result, but got a vector of 2");
  EXPECT_EQ(FirstFailure(engine, " expect no_warn\n"), "line 1: a: unexpected warnings: PromQL warning: w (1:1)");
  EXPECT_EQ(FirstFailure(engine, " expect info\n"), "line 1: a: expected info annotations but none were found");
  EXPECT_EQ(FirstFailure(engine, " expect warn msg: w\n"),
            "line 1: a: expected warn annotation \"w\", found [PromQL warning: w (1:1)]");
  EXPECT_EQ(FirstFailure(engine, " expect fail\n"), "line 1: a: expected an error but got none");
  engine.instant.status = Internal("it broke");
  EXPECT_EQ(FirstFailure(engine, " expect fail msg: it fell\n"), "line 1: a: expected error \"it fell\", but got: it broke");
  EXPECT_EQ(FirstFailure(engine, " expect fail regex: br.k\n"), "");
  EXPECT_EQ(FirstFailure(engine, " {x='1'} 1\n"), "line 1: a: query failed: it broke");
}

}  // namespace
}  // namespace varve::promql
