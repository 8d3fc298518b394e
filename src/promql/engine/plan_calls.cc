// The part of PlanBuilder that is about function calls.
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "promql/engine/info_operator.h"
#include "promql/engine/instant_function.h"
#include "promql/engine/metric_name.h"
#include "promql/engine/plan_builder.h"
#include "promql/engine/scalar_operators.h"
#include "promql/engine/subquery_call.h"
#include "promql/function_signatures.h"

namespace varve::promql {
namespace {

// timestamp(x) and start_timestamp(x) of a selector ask for times of samples, which nothing above a selector knows.
absl::Status KeepSamples(const FunctionCall&, StepSeries&, Annotations&) { return absl::OkStatus(); }
constexpr FunctionImpl kTimestampOfSelector = {.name = "timestamp of sample", .instant = KeepSamples};

bool NeedsHistogramStats(std::string_view function) {
  return function == "histogram_count" || function == "histogram_sum" || function == "histogram_avg";
}

bool NeedsHistogramBuckets(std::string_view function) {
  return function == "histogram_quantile" || function == "histogram_quantiles" || function == "histogram_fraction";
}

// Windows of anchored and smoothed selectors have samples beyond their ends, which not every function can take.
absl::Status CheckExtendedSelector(const VectorSelector& selector, const FunctionImpl& function) {
  if (selector.anchored && !function.anchored) {
    return FailedPrecondition("anchored modifier can only be used with: changes, delta, increase, rate, resets - not with {}",
                              function.name);
  }
  if (selector.smoothed && !function.smoothed) {
    return FailedPrecondition("smoothed modifier can only be used with: delta, increase, rate - not with {}", function.name);
  }
  return absl::OkStatus();
}

// Where annotations say an argument stands. Prometheus has forgotten it of a subquery, which is evaluated before the call.
PositionRange PositionOf(const Expr& argument) {
  return argument.kind() == ExprKind::kSubquery ? PositionRange() : argument.position();
}

}  // namespace

FunctionCall PlanBuilder::DescribeCall(const Call& call, const Arguments& args, const Place& place) const {
  return {.grid = place.grid,
          .scalars = {},
          .strings = args.strings,
          .position = call.range,
          .arguments = args.positions,
          .use_start_timestamps = query_.options.use_start_timestamps,
          .type_and_unit_labels = query_.options.type_and_unit_labels};
}

absl::StatusOr<PlanBuilder::Built> PlanBuilder::BuildCall(const Call& call, const Place& place) {
  if (call.name() == "info") return BuildInfo(call, place);
  const FunctionImpl* function = FindFunctionImpl(call.name());
  if (function == nullptr) return Unimplemented("function {} is not available", call.name());
  Arguments args;
  for (const ExprPtr& arg : call.args) {
    const Expr& expr = StripParens(*arg);
    args.positions.push_back(PositionOf(expr));
    switch (expr.type()) {
      case ValueType::kMatrix: args.range = &expr; break;
      case ValueType::kVector: args.vectors.push_back(&expr); break;
      case ValueType::kScalar: args.scalars.push_back(&expr); break;
      case ValueType::kString: args.strings.push_back(expr.As<StringLiteral>().value); break;
    }
  }
  Place inner = place;
  inner.function = call.name();
  inner.directly = false;
  inner.histogram_stats |= NeedsHistogramStats(call.name());
  inner.histogram_buckets |= NeedsHistogramBuckets(call.name());
  if (function->range != nullptr) return BuildRangeCall(call, *function, args, inner);
  if (function->instant != nullptr) return BuildInstantCall(call, *function, args, inner);
  inner.aggregate = nullptr;
  if (function->make != nullptr) {
    std::vector<OperatorPtr> inputs;
    for (const Expr* vector : args.vectors) {
      VARVE_ASSIGN_OR_RETURN(Built built, BuildExpr(*vector, inner));
      inputs.push_back(std::move(built.op));
    }
    return BuildOperatorCall(call, *function, args, std::move(inputs), inner);
  }
  VARVE_ASSIGN_OR_RETURN(std::vector<OperatorPtr> scalars, BuildScalars(args, inner));
  return Built{NewScalarFunctionOperator(query_, *function, DescribeCall(call, args, inner), std::move(scalars)), true};
}

absl::StatusOr<PlanBuilder::Built> PlanBuilder::BuildInfo(const Call& call, const Place& place) {
  Place inner = place;
  inner.function = call.name();
  inner.aggregate = nullptr;
  const Expr& vector = StripParens(*call.args[0]);
  VARVE_ASSIGN_OR_RETURN(Built input, BuildExpr(vector, inner));
  std::optional<Matchers> selector;
  if (call.args.size() > 1) selector = StripParens(*call.args[1]).As<VectorSelector>().matchers;
  return Built{NewInfoOperator(query_, std::move(input.op), std::move(selector), InfoTime(vector), *tally_), false};
}

absl::StatusOr<std::vector<OperatorPtr>> PlanBuilder::BuildScalars(const Arguments& args, const Place& place) {
  std::vector<OperatorPtr> scalars;
  for (const Expr* scalar : args.scalars) {
    Place inner = place;
    inner.aggregate = nullptr;
    VARVE_ASSIGN_OR_RETURN(Built built, BuildExpr(*scalar, inner));
    scalars.push_back(std::move(built.op));
  }
  return scalars;
}

absl::StatusOr<PlanBuilder::Built> PlanBuilder::BuildOperatorCall(const Call& call, const FunctionImpl& function,
                                                                  const Arguments& args, std::vector<OperatorPtr> inputs,
                                                                  const Place& place) {
  VARVE_ASSIGN_OR_RETURN(std::vector<OperatorPtr> scalars, BuildScalars(args, place));
  VARVE_ASSIGN_OR_RETURN(OperatorPtr op, function.make({.query = query_,
                                                        .expr = call,
                                                        .call = DescribeCall(call, args, place),
                                                        .inputs = std::move(inputs),
                                                        .scalars = std::move(scalars)}));
  if (function.joins_series) op = NewMergeSameLabelsOperator(query_, std::move(op), SameLabels::kMerge);
  return Built{std::move(op), call.type() == ValueType::kScalar};
}

absl::StatusOr<PlanBuilder::Built> PlanBuilder::BuildInstantCall(const Call& call, const FunctionImpl& function,
                                                                 const Arguments& args, const Place& place) {
  Built built;
  const FunctionImpl* applied = &function;
  const VectorSelector* selector = args.vectors.empty() ? nullptr : args.vectors[0]->AsIf<VectorSelector>();
  const bool asks_start = function.name == "start_timestamp" && query_.options.use_start_timestamps;
  if (selector != nullptr && (function.name == "timestamp" || asks_start)) {
    const SampleField field = asks_start ? SampleField::kStartTimestamp : SampleField::kTimestamp;
    VARVE_ASSIGN_OR_RETURN(built, BuildSelector(*selector, field, place));
    applied = &kTimestampOfSelector;
  } else if (args.vectors.empty() && function.time_by_default) {
    VARVE_ASSIGN_OR_RETURN(built.op, BuildTime(place));
    built.distinct = true;
  } else {
    VARVE_ASSIGN_OR_RETURN(built, BuildExpr(*args.vectors.at(0), place));
  }
  VARVE_ASSIGN_OR_RETURN(std::vector<OperatorPtr> scalars, BuildScalars(args, place));
  built.op = Transform(
      query_, std::move(built.op),
      NewInstantFunction(*applied, DescribeCall(call, args, place), std::move(scalars), query_.options.delayed_name_removal));
  if (function.make == nullptr) return AfterNameDrop(std::move(built), !applied->keeps_name, SameLabels::kMerge);
  std::vector<OperatorPtr> inputs;
  inputs.push_back(std::move(built.op));
  return BuildOperatorCall(call, function, args, std::move(inputs), place);
}

absl::StatusOr<OperatorPtr> PlanBuilder::BuildTime(const Place& place) {
  const FunctionImpl* time = FindFunctionImpl("time");
  if (time == nullptr || time->scalar == nullptr) return Internal("function time is missing");
  return NewScalarFunctionOperator(query_, *time, {.grid = place.grid}, {});
}

absl::StatusOr<PlanBuilder::Built> PlanBuilder::BuildRangeCall(const Call& call, const FunctionImpl& function,
                                                               const Arguments& args, const Place& place) {
  RangeCall range = {DescribeCall(call, args, place)};
  range.selector_position = PositionOf(*args.range);
  range.lookback_ms = query_.lookback_ms;
  VARVE_ASSIGN_OR_RETURN(std::vector<OperatorPtr> scalars, BuildScalars(args, place));
  Built built;
  if (const auto* subquery = args.range->AsIf<SubqueryExpr>(); subquery != nullptr) {
    VARVE_ASSIGN_OR_RETURN(built, BuildSubqueryCall(*subquery, function, std::move(range), std::move(scalars), place));
  } else {
    const auto& matrix = args.range->As<MatrixSelector>();
    VARVE_RETURN_IF_ERROR(CheckExtendedSelector(*matrix.selector, function));
    range.range_ms = matrix.length.ms();
    range.offset_ms = matrix.selector->shift.offset.ms();
    range.at = matrix.selector->shift.at;
    range.anchored = matrix.selector->anchored;
    range.smoothed = matrix.selector->smoothed;
    SeriesReaderPtr reader = NewRangeReader(function, std::move(range), std::move(scalars), query_.options.delayed_name_removal);
    SelectRequest request = RequestFor(*matrix.selector, reader->range(), matrix.length.ms(), place);
    built.op = NewScan(std::move(request), std::move(reader), place);
    built.distinct = IsDistinct(*matrix.selector);
  }
  if (function.make == nullptr) return AfterNameDrop(std::move(built), !function.keeps_name, SameLabels::kRefuse);
  std::vector<OperatorPtr> inputs;
  inputs.push_back(std::move(built.op));
  return BuildOperatorCall(call, function, args, std::move(inputs), place);
}

absl::StatusOr<PlanBuilder::Built> PlanBuilder::BuildSubqueryCall(const SubqueryExpr& subquery, const FunctionImpl& function,
                                                                  RangeCall range, std::vector<OperatorPtr> scalars,
                                                                  const Place& place) {
  range.range_ms = subquery.length.ms();
  range.offset_ms = subquery.shift.offset.ms();
  range.at = subquery.shift.at;
  Place inner = place;
  inner.aggregate = nullptr;
  VARVE_ASSIGN_OR_RETURN(inner.grid, GridOf(subquery, range));
  inner.step_hint_ms = inner.grid.step_ms;
  inner.histogram_buckets = true;  // to see resets between the samples it picks
  if (inner.grid.count == 0) return Built{NewEmptyOperator(query_, place.grid), true};
  VARVE_ASSIGN_OR_RETURN(SampleTally* const tally, tally_->AddSubquery(inner.grid, {range.range_ms, range.offset_ms}));
  VARVE_ASSIGN_OR_RETURN(Built built, BuildCounted(*tally, [&] { return BuildExpr(*subquery.expr, inner); }));
  built.op = NewSubqueryCallOperator(query_, function, std::move(range), std::move(built.op), std::move(scalars), *tally_);
  return built;
}

absl::StatusOr<OperatorPtr> PlanBuilder::BuildSubquery(const SubqueryExpr& subquery, const StepGrid& grid) {
  RangeCall range;
  range.grid = grid;
  range.range_ms = subquery.length.ms();
  range.offset_ms = subquery.shift.offset.ms();
  range.at = subquery.shift.at;
  VARVE_ASSIGN_OR_RETURN(const StepGrid inner, GridOf(subquery, range));
  if (inner.count == 0) return NewEmptyOperator(query_, grid);
  Place place = Outermost(inner);
  place.histogram_buckets = true;  // they are part of the answer, and resets between the samples it picks are seen by them
  VARVE_ASSIGN_OR_RETURN(SampleTally* const tally, tally_->AddSubquery(inner, {}));
  VARVE_ASSIGN_OR_RETURN(Built built, BuildCounted(*tally, [&] { return BuildExpr(*subquery.expr, place); }));
  return std::move(built.op);
}

absl::StatusOr<StepGrid> PlanBuilder::GridOf(const SubqueryExpr& subquery, const RangeCall& range) const {
  const int64_t step_ms = subquery.step.ms() != 0 ? subquery.step.ms() : query_.options.default_subquery_step_ms(range.range_ms);
  if (step_ms <= 0) return FailedPrecondition("the step of a subquery is {} ms, which is not positive", step_ms);
  const StepGrid grid = SubqueryGrid(range, step_ms);
  VARVE_RETURN_IF_ERROR(query_.samples.CheckSteps(grid.count));
  return grid;
}

}  // namespace varve::promql
