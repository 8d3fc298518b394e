#include "promql/engine/execution.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "promql/engine/metric_name.h"
#include "promql/engine/plan_builder.h"
#include "promql/engine/raw_selection.h"
#include "promql/engine/series_by_labels.h"

namespace varve::promql {
namespace {

using SteadyClock = std::chrono::steady_clock;

void CollectStats(const Operator& op, int depth, std::vector<OperatorStats>& stats) {
  stats.push_back({.depth = depth,
                   .description = op.Describe(),
                   .elapsed = op.elapsed(),
                   .series = op.series_count(),
                   .samples = op.yielded().samples,
                   .bytes = op.yielded().bytes,
                   .samples_read = op.samples_read()});
  for (const Operator* input : op.Inputs()) CollectStats(*input, depth + 1, stats);
}

// Delayed name removal: now is the time.
absl::Status RemoveNames(const Context& ctx, QueryState& query, std::vector<StepSeries>& series) {
  if (!query.options.delayed_name_removal) return absl::OkStatus();
  SeriesByLabels merged(query, ctx.memory());
  for (StepSeries& one : series) {
    if (one.drop_name) one.labels = WithoutMetadata(one.labels);
    VARVE_RETURN_IF_ERROR(merged.Merge(std::move(one)));
  }
  series = std::move(merged.series());
  return absl::OkStatus();
}

absl::Status Run(const Context& ctx, QueryState& query, Operator& root, QueryResult& result) {
  const auto started = SteadyClock::now();
  HeldSamples held(query, ctx.memory());
  VARVE_ASSIGN_OR_RETURN(result.series, Drain(ctx, root, held));
  held.Release();
  VARVE_RETURN_IF_ERROR(RemoveNames(ctx, query, result.series));
  result.grid = root.grid();
  result.stats.evaluate = SteadyClock::now() - started;
  return absl::OkStatus();
}

void SortByLabels(QueryResult& result) {
  const auto started = SteadyClock::now();
  const auto by_labels = [](const auto& a, const auto& b) { return a.labels < b.labels; };
  std::sort(result.series.begin(), result.series.end(), by_labels);
  std::sort(result.raw.begin(), result.raw.end(), by_labels);
  result.stats.sort = SteadyClock::now() - started;
}

}  // namespace

absl::Status Evaluate(const Context& ctx, QueryState& query, const Expr& expr, bool plan_only, QueryResult& result) {
  const Expr& root = StripParens(expr);
  result.type = root.type();
  if (const auto* text = root.AsIf<StringLiteral>(); text != nullptr) {
    result.text = text->value;
    result.stats.operators = {{.description = "string"}};
    return absl::OkStatus();
  }
  if (const auto* matrix = root.AsIf<MatrixSelector>(); matrix != nullptr) {
    result.stats.operators = {{.description = "samples of " + ToString(matrix->selector->matchers)}};
    if (plan_only) return absl::OkStatus();
    VARVE_ASSIGN_OR_RETURN(result.raw, SelectRaw(ctx, query, *matrix));
    result.stats.operators[0].series = static_cast<int64_t>(result.raw.size());
    SortByLabels(result);
    return absl::OkStatus();
  }
  const auto started = SteadyClock::now();
  PlanBuilder builder(query, root);
  const auto* subquery = root.AsIf<SubqueryExpr>();
  VARVE_ASSIGN_OR_RETURN(const OperatorPtr op,
                         subquery != nullptr ? builder.BuildSubquery(*subquery, query.grid) : builder.Build(root, query.grid));
  result.stats.prepare = SteadyClock::now() - started;
  if (!plan_only) VARVE_RETURN_IF_ERROR(Run(ctx, query, *op, result));
  CollectStats(*op, 0, result.stats.operators);
  if (subquery != nullptr || query.grid.count > 1) SortByLabels(result);
  return absl::OkStatus();
}

}  // namespace varve::promql
