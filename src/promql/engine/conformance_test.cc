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

#include "promql/testing/query_fixture.h"
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

class ConformanceTest : public testing::TestWithParam<std::string> {};

TEST_P(ConformanceTest, AnswersAreThoseOfPrometheus) {
  std::ostringstream script;
  script << std::ifstream(ScriptFolder() / (GetParam() + ".test")).rdbuf();
  Executor executor("conformance", 2);
  EngineOptions options = ScriptEngineOptions();
  options.executor = &executor;
  options.type_and_unit_labels = GetParam() == "type_and_unit";
  const Engine engine(std::move(options));
  const absl::StatusOr<ScriptReport> report = RunScript(script.str(), EngineUnderTest(engine));
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
