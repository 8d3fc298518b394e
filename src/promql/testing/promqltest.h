// Runs promqltest scripts against an engine.
//
//   const PromqlTestEngine engine = [](SeriesSource& source, const PromqlTestQuery& query) { ... return PromqlTestResult; };
//   VARVE_ASSIGN_OR_RETURN(const ScriptReport report, RunScript(text, engine));
//
// Shape    an instant query is asked as written, again with its time in @ modifiers at other times, and each of these as the
//          middle step of a range query: the answers must agree. A failed eval does not end the script.
// Units    milliseconds. Values may differ by one in a million.
// Errors   InvalidArgument where the script itself cannot be read or loaded; wrong answers are in the report.
// Source   prometheus promql/promqltest/test.go.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_range.h"
#include "model/labels.h"
#include "model/sample.h"
#include "promql/ast.h"
#include "storage/series_source.h"

namespace varve::promql {

struct PromqlTestQuery {
  std::string text;
  bool is_range = false;
  TimestampMs start = 0, end = 0;  // of an instant query both are its time
  int64_t step_ms = 0;
};

struct PromqlTestResult {
  struct Series {
    Labels labels;
    SeriesSamples samples;  // of a vector: one
  };
  absl::Status status;                  // why the query failed
  ValueType type = ValueType::kVector;  // of a range query kMatrix
  std::vector<Series> series;           // vectors in the engine's order, matrices by labels
  double scalar = 0;
  std::string text;
  std::vector<std::string> warnings, infos;  // with positions, as the API shows them
};

using PromqlTestEngine = std::function<PromqlTestResult(SeriesSource&, const PromqlTestQuery&)>;

struct ScriptReport {
  int evals = 0;
  std::vector<std::string> failures;  // one for each eval that went wrong
  int passed() const { return evals - static_cast<int>(failures.size()); }
};

absl::StatusOr<ScriptReport> RunScript(std::string_view script, const PromqlTestEngine& engine);

}  // namespace varve::promql
