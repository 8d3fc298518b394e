#include "promql/engine/engine.h"

#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "promql/engine/execution.h"
#include "promql/parser.h"
#include "promql/planner/rewrite.h"

namespace varve::promql {
namespace {

// The end of the query's own context, in Prometheus' words. An error of the source is not ours to reword.
absl::Status DescribeEnd(const Context& ctx, absl::Status status) {
  if (status.ok() || ctx.Check().ok()) return status;
  if (absl::IsCancelled(status)) return Cancelled("query was canceled in expression evaluation");
  if (absl::IsDeadlineExceeded(status)) return DeadlineExceeded("query timed out in expression evaluation");
  return status;
}

absl::StatusOr<StepGrid> GridOf(const QueryTimes& times) {
  if (times.step_ms == 0 && times.start == times.end) return StepGrid{.start = times.start};
  if (times.step_ms <= 0) {
    return InvalidArgument("zero or negative query resolution step widths are not accepted. Try a positive integer");
  }
  if (times.end < times.start) return StepGrid{.start = times.start, .step_ms = times.step_ms, .count = 0};
  const auto span = static_cast<uint64_t>(times.end) - static_cast<uint64_t>(times.start);
  return StepGrid{.start = times.start, .step_ms = times.step_ms, .count = span / static_cast<uint64_t>(times.step_ms) + 1};
}

}  // namespace

absl::StatusOr<QueryResult> Engine::Instant(const Context& ctx, SeriesSource& source, std::string_view query, TimestampMs time,
                                            QueryOptions options) const {
  VARVE_ASSIGN_OR_RETURN(const ExprPtr expr, ParseExpr(query, options_.parser));
  options.text = query;
  return Instant(ctx, source, *expr, time, options);
}

absl::StatusOr<QueryResult> Engine::Instant(const Context& ctx, SeriesSource& source, const Expr& expr, TimestampMs time,
                                            const QueryOptions& options) const {
  return Execute(ctx, source, expr, {.start = time, .end = time, .step_ms = 0}, options);
}

absl::StatusOr<QueryResult> Engine::Range(const Context& ctx, SeriesSource& source, std::string_view query,
                                          const QueryTimes& times, QueryOptions options) const {
  VARVE_ASSIGN_OR_RETURN(const ExprPtr expr, ParseExpr(query, options_.parser));
  options.text = query;
  return Range(ctx, source, *expr, times, options);
}

absl::StatusOr<QueryResult> Engine::Range(const Context& ctx, SeriesSource& source, const Expr& expr, const QueryTimes& times,
                                          const QueryOptions& options) const {
  if (expr.type() != ValueType::kVector && expr.type() != ValueType::kScalar) {
    return InvalidArgument("invalid expression type \"{}\" for range query, must be Scalar or instant Vector",
                           DocumentedName(expr.type()));
  }
  VARVE_ASSIGN_OR_RETURN(QueryResult result, Execute(ctx, source, expr, times, options));
  result.type = ValueType::kMatrix;
  return result;
}

absl::StatusOr<QueryResult> Engine::Execute(const Context& ctx, SeriesSource& source, const Expr& expr, const QueryTimes& times,
                                            const QueryOptions& options) const {
  if (std::min(times.start, times.end) < kQueryTimeMin || std::max(times.start, times.end) > kQueryTimeMax) {
    return InvalidArgument("the time of the query, {} to {} ms, is out of range", times.start, times.end);
  }
  VARVE_ASSIGN_OR_RETURN(ExprPtr resolved, Resolve(expr, times));
  VARVE_ASSIGN_OR_RETURN(const StepGrid grid, GridOf(times));
  MemoryBudget memory("query", options_.memory_bytes_max, ctx.memory());
  Context query_ctx = ctx.WithMemory(&memory);
  if (options_.timeout > std::chrono::nanoseconds::zero()) query_ctx = query_ctx.WithTimeout(options_.timeout);
  VARVE_RETURN_IF_ERROR(SampleAccount(options_.samples_max).CheckSteps(grid.count));
  VARVE_ASSIGN_OR_RETURN(const std::unique_ptr<SampleTally> tally, SampleTally::Make(grid, options.count_by_step, &memory));
  QueryState query = {.options = options_,
                      .source = source,
                      .lookback_ms = options.lookback_ms > 0 ? options.lookback_ms : options_.lookback_ms,
                      .grid = grid,
                      .samples = SampleAccount(options_.samples_max),
                      .tally = *tally,
                      .annotations = {},
                      .fired = {},
                      .measure_operators = options.measure_operators,
                      .selections = SharedSelections(source)};
  const ExprPtr rewritten = Rewrite(std::move(resolved),
                                    {.enabled = options_.optimizations,
                                     .type_and_unit_labels = options_.type_and_unit_labels,
                                     .hidden_labels = options.hidden_labels},
                                    query.fired);
  QueryResult result;
  result.grid = grid;
  if (grid.count > 0) {
    VARVE_RETURN_IF_ERROR(DescribeEnd(query_ctx, Evaluate(query_ctx, query, *rewritten, options.plan_only, result)));
  }
  Annotations::Texts texts = query.annotations.Format(options.text);
  result.warnings = std::move(texts.warnings);
  result.infos = std::move(texts.infos);
  result.stats.fired = query.fired;
  tally->Close();
  result.stats.samples = tally->total();
  result.stats.samples_by_step = tally->steps();
  result.stats.samples_decoded = query.samples.decoded();
  result.stats.samples_peak = query.samples.peak();
  result.stats.bytes_peak = memory.peak();
  return result;
}

}  // namespace varve::promql
