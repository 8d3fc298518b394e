// Replays testing/engine_golden.txt: what Prometheus' engine answers to random queries over random series.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "base/errors.h"
#include "base/float_text.h"
#include "base/json_value.h"
#include "model/histogram_text.h"
#include "promql/engine/engine.h"
#include "promql/testing/every_feature.h"
#include "promql/testing/script.h"
#include "promql/testing/script_storage.h"

namespace varve::promql {
namespace {

struct GoldenQuery {
  std::string text;
  QueryTimes times;
  bool is_instant = false;
  std::optional<std::string> fails;
  std::vector<std::string> series, warnings, infos;  // sorted
};

// Queries over the same series.
struct GoldenSet {
  bool features = false;
  std::string load;
  std::vector<GoldenQuery> queries;
};

std::string Text(std::string_view json) { return std::string(JsonValue::Parse(json)->StringOr("")); }

// "..." at 600000, or "..." from 0 to 600000 step 60000
GoldenQuery ReadQuery(std::string_view line) {
  const size_t quote = line.rfind('"') + 1;
  GoldenQuery query;
  query.text = Text(line.substr(0, quote));
  std::istringstream words{std::string(line.substr(quote))};
  std::string word;
  words >> word >> query.times.start;
  query.is_instant = word == "at";
  if (!query.is_instant) words >> word >> query.times.end >> word >> query.times.step_ms;
  return query;
}

std::vector<GoldenSet> ReadGolden() {
  std::ifstream file(VARVE_SOURCE_DIR "/src/promql/testing/engine_golden.txt");
  std::vector<GoldenSet> sets;
  bool features = false;
  for (std::string line; std::getline(file, line);) {
    const auto take = [&line](std::string_view word) {
      if (!line.starts_with(word)) return false;
      line.erase(0, word.size());
      return true;
    };
    if (line.empty() || take("#")) continue;
    if (take("features")) {
      features = true;
    } else if (line.starts_with("load ")) {
      sets.push_back({.features = std::exchange(features, false), .load = line + "\n", .queries = {}});
    } else if (take("query ")) {
      sets.back().queries.push_back(ReadQuery(line));
    } else if (sets.back().queries.empty()) {
      sets.back().load += line + "\n";
    } else if (GoldenQuery& query = sets.back().queries.back(); take("  series ")) {
      query.series.push_back(line);
    } else if (take("  warns ")) {
      query.warnings.push_back(Text(line));
    } else if (take("  notes ")) {
      query.infos.push_back(Text(line));
    } else if (take("  fails ")) {
      query.fails = Text(line);
    } else {
      ADD_FAILURE() << "cannot read: " << line;
    }
  }
  return sets;
}

std::string Show(const StepSeries& series) {
  std::string text = series.labels.ToString();
  for (size_t step = 0; step < series.steps(); ++step) {
    text += ' ';
    if (!series.present.Test(step)) {
      text += '_';
    } else {
      text += series.IsHistogram(step) ? ToTestExpression(*series.histograms[step]) : FormatFloatGeneral(series.values[step]);
    }
  }
  return text;
}

// Go computes some functions to other last bits than the C library.
bool AlmostSame(std::string_view a, std::string_view b) {
  const absl::StatusOr<double> x = ParseGoFloat(a), y = ParseGoFloat(b);
  return x.ok() && y.ok() && std::fabs(*x - *y) <= 1e-13 * std::fabs(*x);
}

// Equal but for the last digits of numbers.
bool SameText(std::string_view a, std::string_view b) {
  constexpr std::string_view kBetweenWords = " :[]{},";
  while (a != b) {
    const size_t end_a = std::min(a.find_first_of(kBetweenWords), a.size()),
                 end_b = std::min(b.find_first_of(kBetweenWords), b.size());
    const std::string_view word_a = a.substr(0, end_a), word_b = b.substr(0, end_b);
    if (word_a != word_b && !AlmostSame(word_a, word_b)) return false;
    if (end_a == a.size() || end_b == b.size()) return end_a == a.size() && end_b == b.size();
    if (a[end_a] != b[end_b]) return false;
    a.remove_prefix(end_a + 1);
    b.remove_prefix(end_b + 1);
  }
  return true;
}

void ExpectSame(std::vector<std::string> actual, const std::vector<std::string>& expected) {
  std::sort(actual.begin(), actual.end());
  if (std::ranges::equal(actual, expected, SameText)) return;
  EXPECT_EQ(actual, expected);
}

// Upstream counts a repaired histogram again each time it joins annotations.
std::vector<std::string> WithoutCounts(std::vector<std::string> infos) {
  for (std::string& info : infos) RE2::Replace(&info, R"(over \d+ samples)", "over $N samples");
  return infos;
}

void Replay(const GoldenQuery& golden, const Engine& engine, SeriesSource& source) {
  SCOPED_TRACE(golden.text + (golden.is_instant ? " at " : " from ") + std::to_string(golden.times.start));
  const absl::StatusOr<QueryResult> result = golden.is_instant
                                                 ? engine.Instant(Context(), source, golden.text, golden.times.start)
                                                 : engine.Range(Context(), source, golden.text, golden.times);
  if (golden.fails.has_value()) {
    EXPECT_THAT(std::string(Message(result.status())), testing::StartsWith(*golden.fails));
    return;
  }
  ASSERT_TRUE(result.ok()) << result.status();
  std::vector<std::string> series;
  for (const StepSeries& one : result->series) series.push_back(Show(one));
  ExpectSame(std::move(series), golden.series);
  ExpectSame(result->warnings, golden.warnings);
  ExpectSame(WithoutCounts(result->infos), golden.infos);
}

TEST(EngineGoldenTest, AnswersAreThoseOfPrometheus) {
  const std::vector<GoldenSet> sets = ReadGolden();
  ASSERT_FALSE(sets.empty());
  for (const GoldenSet& set : sets) {
    const absl::StatusOr<std::vector<ScriptCommand>> script = ParseScript(set.load);
    ASSERT_TRUE(script.ok()) << script.status();
    ScriptStorage storage;
    ASSERT_TRUE(storage.Load(std::get<LoadCommand>(script->at(0))).ok());
    const Engine engine(EngineOptions{.parser = kEveryFeature, .delayed_name_removal = set.features});
    for (const GoldenQuery& query : set.queries) Replay(query, engine, storage.source());
  }
}

}  // namespace
}  // namespace varve::promql
