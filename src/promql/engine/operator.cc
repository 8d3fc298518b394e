#include "promql/engine/operator.h"

#include <utility>

#include "base/check.h"
#include "base/status_macros.h"

namespace varve::promql {

absl::StatusOr<bool> Operator::Next(const Context& ctx, StepSeries& out) {
  const auto started = std::chrono::steady_clock::now();
  absl::StatusOr<bool> more = DoNext(ctx, out);
  elapsed_ += std::chrono::steady_clock::now() - started;
  if (more.ok() && *more) {
    ++series_count_;
    if (query_.measure_operators) yielded_.Add(out);
  }
  return more;
}

absl::StatusOr<std::vector<StepSeries>> Drain(const Context& ctx, Operator& input, HeldSamples& held) {
  std::vector<StepSeries> all;
  StepSeries series;
  while (true) {
    VARVE_ASSIGN_OR_RETURN(const bool more, input.Next(ctx, series));
    if (!more) return all;
    VARVE_RETURN_IF_ERROR(held.Add(series));
    all.push_back(std::move(series));
    series = StepSeries();
  }
}

absl::StatusOr<StepValues> EvaluateScalar(const Context& ctx, Operator& scalar) {
  StepSeries series;
  VARVE_ASSIGN_OR_RETURN(const bool found, scalar.Next(ctx, series));
  VARVE_CHECK(found && series.present.All());
  return std::move(series.values);
}

absl::StatusOr<std::vector<StepValues>> EvaluateScalars(const Context& ctx, const std::vector<OperatorPtr>& scalars) {
  std::vector<StepValues> all;
  for (const OperatorPtr& scalar : scalars) {
    VARVE_ASSIGN_OR_RETURN(all.emplace_back(), EvaluateScalar(ctx, *scalar));
  }
  return all;
}

}  // namespace varve::promql
