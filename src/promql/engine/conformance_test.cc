// Prometheus' own scripts, run against our engine. They are read from VARVE_CONFORMANCE or from ../shared/conformance beside the
// repository; without them there is nothing to test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "promql/engine/engine.h"
#include "promql/testing/promqltest.h"
#include "runtime/executor.h"

namespace varve::promql {
namespace {

namespace fs = std::filesystem;

fs::path ScriptFolder() {
  const char* folder = std::getenv("VARVE_CONFORMANCE");
  return (folder != nullptr ? fs::path(folder) : fs::path(VARVE_SOURCE_DIR) / "../shared/conformance") / "promql";
}

std::vector<std::string> ScriptNames() {
  std::vector<std::string> names;
  std::error_code missing;
  for (const fs::directory_entry& entry : fs::directory_iterator(ScriptFolder(), missing)) {
    if (entry.path().extension() == ".test") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

SeriesSamples SamplesOf(const StepGrid& grid, const StepSeries& series) {
  SeriesSamples samples;
  series.present.ForEach([&](size_t step) {
    if (series.IsHistogram(step)) {
      samples.histograms.Append(grid.At(step), *series.histograms[step]);
    } else {
      samples.floats.Append(grid.At(step), series.values[step]);
    }
  });
  return samples;
}

PromqlTestResult ToTestResult(absl::StatusOr<QueryResult> answer) {
  PromqlTestResult result;
  result.status = answer.status();
  if (!answer.ok()) return result;
  result.type = answer->type;
  for (const StepSeries& series : answer->series) result.series.push_back({series.labels, SamplesOf(answer->grid, series)});
  for (RawSeries& series : answer->raw) result.series.push_back({series.labels, std::move(series.samples)});
  if (answer->type == ValueType::kScalar) result.scalar = answer->series.at(0).values.at(0);
  result.text = answer->text;
  result.warnings = answer->warnings;
  result.infos = answer->infos;
  return result;
}

EngineOptions TestOptions(Executor* executor) {
  EngineOptions options;
  options.executor = executor;
  options.samples_max = 50'000;
  options.delayed_name_removal = true;
  options.parser = {.enable_experimental_functions = true,
                    .enable_duration_expr = true,
                    .enable_extended_range_selectors = true,
                    .enable_binop_fill_modifiers = true};
  return options;
}

class ConformanceTest : public testing::TestWithParam<std::string> {};

TEST_P(ConformanceTest, AnswersAreThoseOfPrometheus) {
  std::ostringstream script;
  script << std::ifstream(ScriptFolder() / (GetParam() + ".test")).rdbuf();
  Executor executor("conformance", 2);
  EngineOptions options = TestOptions(&executor);
  options.type_and_unit_labels = GetParam() == "type_and_unit";
  options.use_start_timestamps = GetParam() == "start_timestamps";
  const Engine engine(std::move(options));
  const auto ask = [&](SeriesSource& source, const PromqlTestQuery& query) {
    if (!query.is_range) return ToTestResult(engine.Instant(Context(), source, query.text, query.start));
    return ToTestResult(engine.Range(Context(), source, query.text, {query.start, query.end, query.step_ms}));
  };
  const absl::StatusOr<ScriptReport> report = RunScript(script.str(), ask);
  ASSERT_TRUE(report.ok()) << report.status();
  for (const std::string& failure : report->failures) ADD_FAILURE() << failure;
  RecordProperty("evals", report->evals);
}

INSTANTIATE_TEST_SUITE_P(Scripts, ConformanceTest, testing::ValuesIn(ScriptNames()),
                         [](const testing::TestParamInfo<std::string>& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ConformanceTest);

}  // namespace
}  // namespace varve::promql
