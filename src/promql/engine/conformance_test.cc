// Scripts of promqltest, run against our engine: those of promql/testing/scripts, which hold for Prometheus 3.14 as well, and
// Prometheus' own ones, read from VARVE_CONFORMANCE or from ../shared/conformance beside the repository, if they are there.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "promql/testing/query_fixture.h"
#include "runtime/executor.h"

namespace varve::promql {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> ScriptFolders() {
  const char* folder = std::getenv("VARVE_CONFORMANCE");
  const fs::path prometheus = folder != nullptr ? fs::path(folder) : fs::path(VARVE_SOURCE_DIR) / "../shared/conformance";
  return {fs::path(VARVE_SOURCE_DIR) / "src/promql/testing/scripts", prometheus / "promql"};
}

std::vector<fs::path> Scripts() {
  std::vector<fs::path> scripts;
  for (const fs::path& folder : ScriptFolders()) {
    std::error_code missing;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, missing)) {
      if (entry.path().extension() == ".test") scripts.push_back(entry.path());
    }
  }
  std::sort(scripts.begin(), scripts.end());
  return scripts;
}

// Of the test: "scripts_planner", "promql_fill_modifier".
std::string NameOf(const fs::path& script) {
  std::string name = fmt::format("{}_{}", script.parent_path().filename().string(), script.stem().string());
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class ConformanceTest : public testing::TestWithParam<fs::path> {
 protected:
  void Run(OptimizationSet optimizations) {
    std::ostringstream script;
    script << std::ifstream(GetParam()).rdbuf();
    Executor executor("conformance", 2);
    EngineOptions options = ScriptEngineOptions();
    options.executor = &executor;
    options.optimizations = optimizations;
    options.type_and_unit_labels = GetParam().stem().string().starts_with("type_and_unit");
    const Engine engine(std::move(options));
    const absl::StatusOr<ScriptReport> report = RunScript(script.str(), EngineUnderTest(engine));
    ASSERT_TRUE(report.ok()) << report.status();
    for (const std::string& failure : report->failures) ADD_FAILURE() << failure;
    EXPECT_GT(report->evals, 0);
    RecordProperty("evals", report->evals);
  }
};

TEST_P(ConformanceTest, AnswersAreThoseOfPrometheus) { Run(DefaultOptimizations()); }

TEST_P(ConformanceTest, AndSoTheyAreWithWhatPrometheusOptimizesAlone) {
  OptimizationSet few;
  for (const OptimizationInfo& info : AllOptimizations()) {
    if (info.prometheus_does) few.Add(info.id);
  }
  Run(few);
}

INSTANTIATE_TEST_SUITE_P(Scripts, ConformanceTest, testing::ValuesIn(Scripts()),
                         [](const testing::TestParamInfo<fs::path>& info) { return NameOf(info.param); });

}  // namespace
}  // namespace varve::promql
