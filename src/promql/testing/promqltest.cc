#include "promql/testing/promqltest.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/errors.h"
#include "base/status_macros.h"
#include "promql/testing/at_modifier_variants.h"
#include "promql/testing/expected_result.h"
#include "promql/testing/script.h"
#include "promql/testing/script_storage.h"

namespace varve::promql {
namespace {

// Asks the query of one eval in all its forms.
class EvalRunner {
 public:
  EvalRunner(const EvalCommand& eval, SeriesSource& source, const PromqlTestEngine& engine)
      : eval_(eval), source_(source), engine_(engine) {}

  absl::Status Run();

 private:
  absl::Status RunInstant(const PinnedQuery& query);
  absl::Status RunAsMiddleStep(const PinnedQuery& query, ValueType type);
  // Compares what an answer says besides its value. True if the query failed as expected, so that there is no value.
  absl::StatusOr<bool> CheckOutcome(const PromqlTestResult& result);

  const EvalCommand& eval_;
  SeriesSource& source_;
  const PromqlTestEngine& engine_;
};

absl::Status EvalRunner::Run() {
  if (eval_.is_range) {
    const PromqlTestResult result = engine_(
        source_, {.text = eval_.query, .is_range = true, .start = eval_.start, .end = eval_.end, .step_ms = eval_.step_ms});
    VARVE_ASSIGN_OR_RETURN(const bool failed, CheckOutcome(result));
    return failed ? absl::OkStatus() : CheckValue(eval_, result);
  }
  VARVE_RETURN_IF_ERROR(RunInstant({eval_.query, eval_.end}));
  for (const PinnedQuery& query : PinnedVariants(eval_.query, eval_.end)) {
    VARVE_RETURN_IF_ERROR(Annotate(RunInstant(query), "as {} at {}", query.text, query.time));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> EvalRunner::CheckOutcome(const PromqlTestResult& result) {
  if (eval_.fails) {
    if (result.status.ok()) return InvalidArgument("expected an error but got none");
    VARVE_RETURN_IF_ERROR(CheckFailure(eval_, result.status));
    return true;
  }
  VARVE_RETURN_IF_ERROR(Annotate(result.status, "query failed"));
  VARVE_RETURN_IF_ERROR(CheckAnnotations(eval_, result));
  return false;
}

absl::Status EvalRunner::RunInstant(const PinnedQuery& query) {
  const PromqlTestResult result = engine_(source_, {.text = query.text, .start = query.time, .end = query.time});
  VARVE_ASSIGN_OR_RETURN(const bool failed, CheckOutcome(result));
  if (failed) return absl::OkStatus();
  VARVE_RETURN_IF_ERROR(CheckValue(eval_, result));
  // Asked over a range these mean something else, or there is nothing to compare.
  static const RE2* const depends_on_range = new RE2(R"((start|end|range|step)\(\))");
  if (eval_.range_vector || eval_.text.has_value() || RE2::PartialMatch(query.text, *depends_on_range)) return absl::OkStatus();
  return Annotate(RunAsMiddleStep(query, result.type), "over a range");
}

template <typename Columns>
void KeepOnly(Columns& columns, TimestampMs time) {
  Columns kept;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns.times[i] == time) kept.Append(time, columns.values[i]);
  }
  columns = std::move(kept);
}

absl::Status EvalRunner::RunAsMiddleStep(const PinnedQuery& query, ValueType type) {
  constexpr int64_t kStepMs = 60'000;
  PromqlTestResult result = engine_(
      source_,
      {.text = query.text, .is_range = true, .start = query.time - kStepMs, .end = query.time + kStepMs, .step_ms = kStepMs});
  VARVE_RETURN_IF_ERROR(result.status);
  if (eval_.ordered) return absl::OkStatus();  // ranges have an order of their own
  result.type = type;
  for (PromqlTestResult::Series& series : result.series) {
    KeepOnly(series.samples.floats, query.time);
    KeepOnly(series.samples.histograms, query.time);
  }
  std::erase_if(result.series, [](const PromqlTestResult::Series& series) { return series.samples.empty(); });
  if (type == ValueType::kScalar) {
    if (result.series.size() != 1 || result.series[0].samples.floats.empty()) return InvalidArgument("there is no scalar");
    result.scalar = result.series[0].samples.floats.values[0];
  }
  return CheckValue(eval_, result);
}

}  // namespace

absl::StatusOr<ScriptReport> RunScript(std::string_view script, const PromqlTestEngine& engine) {
  VARVE_ASSIGN_OR_RETURN(const std::vector<ScriptCommand> commands, ParseScript(script));
  ScriptReport report;
  ScriptStorage storage;
  for (const ScriptCommand& command : commands) {
    if (const auto* load = std::get_if<LoadCommand>(&command)) {
      VARVE_RETURN_IF_ERROR(storage.Load(*load));
    } else if (const auto* eval = std::get_if<EvalCommand>(&command)) {
      ++report.evals;
      const absl::Status status = EvalRunner(*eval, storage.source(), engine).Run();
      if (!status.ok()) report.failures.push_back(fmt::format("line {}: {}: {}", eval->line, eval->query, Message(status)));
    } else {
      storage.Clear();
    }
  }
  return report;
}

}  // namespace varve::promql
