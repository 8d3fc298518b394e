#include "promql/engine/plan_builder.h"

#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "promql/engine/accumulator.h"
#include "promql/engine/aggregate_operator.h"
#include "promql/engine/count_values.h"
#include "promql/engine/instant_function.h"
#include "promql/engine/limit_ratio.h"
#include "promql/engine/scalar_binary.h"
#include "promql/engine/scalar_operators.h"
#include "promql/engine/select_k.h"
#include "promql/engine/select_operator.h"
#include "promql/engine/set_operation.h"
#include "promql/engine/step_invariant.h"
#include "promql/engine/vector_binary.h"

namespace varve::promql {
namespace {

// An aggregation that forgets its series needs of them only what it groups by, and the names that annotations speak of.
void SetProjection(const AggregateExpr& aggregate, SelectHints& hints) {
  hints.projection = aggregate.grouping;
  hints.projection_include = !aggregate.without;
  if (hints.projection_include) hints.projection.emplace_back(kMetricName);
}

}  // namespace

PlanBuilder::PlanBuilder(QueryState& query, const Expr& root) : query_(query), invariance_(root), tally_(&query.tally) {
  if (query_.options.optimizations.Has(Optimization::kSharedExpressions)) repeated_ = RepeatedExpressions(root);
}

absl::StatusOr<OperatorPtr> PlanBuilder::Build(const Expr& expr, const StepGrid& grid) {
  VARVE_ASSIGN_OR_RETURN(Built built, BuildExpr(expr, Outermost(grid)));
  return std::move(built.op);
}

PlanBuilder::Place PlanBuilder::Outermost(const StepGrid& grid) const {
  Place place;
  place.grid = grid;
  place.step_hint_ms = query_.grid.count == 1 ? 0 : grid.step_ms;
  return place;
}

absl::StatusOr<PlanBuilder::Built> PlanBuilder::BuildExpr(const Expr& expr, const Place& place) {
  if (place.grid.count == 1 || !invariance_.ShouldEvaluateOnce(expr) || !query_.Apply(Optimization::kStepInvariance)) {
    return BuildShared(expr, place);
  }
  Place once = place;
  once.grid.count = 1;
  VARVE_ASSIGN_OR_RETURN(SampleTally* const tally, tally_->AddOnce(once.grid));
  VARVE_ASSIGN_OR_RETURN(Built built, BuildCounted(*tally, [&] { return BuildShared(expr, once); }));
  return Built{NewStepInvariantOperator(query_, place.grid, std::move(built.op)), built.distinct};
}

absl::StatusOr<PlanBuilder::Built> PlanBuilder::BuildShared(const Expr& expr, const Place& place) {
  const RepeatedExpressions::Place* repeat = repeated_.Find(expr);
  // Below an aggregation it is cheaper to let the workers compute it again.
  if (repeat == nullptr || place.aggregate != nullptr) return BuildNode(expr, place);
  const Shared shared = SharedAt(*repeat, place);
  const bool again = shared.users > 1;
  if (again) query_.Apply(Optimization::kSharedExpressions);
  VARVE_ASSIGN_OR_RETURN(SampleTally* const tally, tally_->AddPart());
  repeats_around_ += again ? 1 : 0;
  absl::StatusOr<Built> built = BuildCounted(*tally, [&] { return BuildNode(expr, place); });
  repeats_around_ -= again ? 1 : 0;
  if (!built.ok()) return built;
  built->op =
      NewSharedOperator(query_, std::move(built->op), shared.series, repeat->shift, expr.type() == ValueType::kScalar, *tally);
  return built;
}

absl::StatusOr<PlanBuilder::Built> PlanBuilder::BuildCounted(SampleTally& tally,
                                                             absl::FunctionRef<absl::StatusOr<Built>()> build) {
  SampleTally* const around = std::exchange(tally_, &tally);
  absl::StatusOr<Built> built = build();
  tally_ = around;
  return built;
}

PlanBuilder::Shared PlanBuilder::SharedAt(const RepeatedExpressions::Place& repeat, const Place& place) {
  auto found =
      std::ranges::find_if(shared_, [&](const Shared& shared) { return shared.group == repeat.group && shared.place == place; });
  if (found == shared_.end()) found = shared_.insert(found, {repeat.group, place, NewSharedSeries(repeat.group + 1)});
  ++found->users;
  return *found;
}

absl::StatusOr<PlanBuilder::Built> PlanBuilder::BuildNode(const Expr& expr, const Place& place) {
  switch (expr.kind()) {
    case ExprKind::kNumber: return Built{NewNumberOperator(query_, place.grid, expr.As<NumberLiteral>().value), true};
    case ExprKind::kVectorSelector: return BuildSelector(expr.As<VectorSelector>(), SampleField::kValue, place);
    case ExprKind::kCall: return BuildCall(expr.As<Call>(), place);
    case ExprKind::kAggregate: return BuildAggregate(expr.As<AggregateExpr>(), place);
    case ExprKind::kBinary: return BuildBinary(expr.As<BinaryExpr>(), place);
    case ExprKind::kUnary: return BuildUnary(expr.As<UnaryExpr>(), place);
    case ExprKind::kParen: return BuildExpr(*expr.As<ParenExpr>().expr, place);
    case ExprKind::kString:
    case ExprKind::kMatrixSelector:
    case ExprKind::kSubquery:
    case ExprKind::kDuration: break;
  }
  return Internal("a {} has no operator of its own", DocumentedName(expr.type()));
}

SelectRequest PlanBuilder::RequestFor(const VectorSelector& selector, QueryRange range, int64_t range_ms,
                                      const Place& place) const {
  SelectRequest request = {.range = range, .matchers = selector.matchers, .hints = {}};
  SelectHints& hints = request.hints;
  hints.step_ms = place.step_hint_ms;
  hints.range_ms = range_ms;
  hints.lookback_ms = range_ms == 0 ? query_.lookback_ms : 0;
  hints.function = place.function;
  if (place.aggregate == nullptr) return request;
  if (place.directly) {
    hints.grouping = place.aggregate->grouping;
    hints.grouping_by = !place.aggregate->without;
    hints.has_grouping = true;
  }
  // Where series may have to be told apart after their names are dropped, all labels count.
  if (HasAccumulator(place.aggregate->op) && IsDistinct(selector) && query_.Apply(Optimization::kLabelProjection)) {
    SetProjection(*place.aggregate, hints);
  }
  return request;
}

absl::StatusOr<PlanBuilder::Built> PlanBuilder::BuildSelector(const VectorSelector& selector, SampleField field,
                                                              const Place& place) {
  const SelectorTime time = {.at = selector.shift.at, .offset_ms = selector.shift.offset.ms()};
  SeriesReaderPtr reader = selector.smoothed && field == SampleField::kValue
                               ? NewSmoothedReader(place.grid, time, query_.lookback_ms, selector.range)
                               : NewInstantReader(place.grid, time, query_.lookback_ms, field);
  SelectRequest request = RequestFor(selector, reader->range(), 0, place);
  return Built{NewScan(std::move(request), std::move(reader), place), IsDistinct(selector)};
}

OperatorPtr PlanBuilder::NewScan(SelectRequest request, SeriesReaderPtr reader, const Place& place) {
  // A scan within a part that is computed elsewhere is not going to ask.
  if (query_.options.optimizations.Has(Optimization::kSharedSelections) && repeats_around_ == 0 &&
      query_.selections.Expect(request)) {
    query_.Apply(Optimization::kSharedSelections);
  }
  auto scan = std::make_unique<SeriesScan>(query_, place.grid, std::move(request), std::move(reader), *tally_);
  if (place.histogram_stats && !place.histogram_buckets && query_.Apply(Optimization::kHistogramStats)) {
    scan->NeedOnlyHistogramStats();
  }
  return NewSelectOperator(std::move(scan));
}

bool PlanBuilder::IsDistinct(const VectorSelector& selector) const {
  if (query_.options.type_and_unit_labels) return false;  // these go with the name
  return std::any_of(selector.matchers.begin(), selector.matchers.end(), [](const Matcher& matcher) {
    return matcher.name() == kMetricName && matcher.type() == Matcher::Type::kEqual && !matcher.value().empty();
  });
}

PlanBuilder::Built PlanBuilder::AfterNameDrop(Built built, bool drops_name, SameLabels policy) const {
  if (!drops_name || built.distinct || query_.options.delayed_name_removal) return built;
  return {NewMergeSameLabelsOperator(query_, std::move(built.op), policy), true};
}

absl::StatusOr<PlanBuilder::Built> PlanBuilder::BuildUnary(const UnaryExpr& unary, const Place& place) {
  VARVE_ASSIGN_OR_RETURN(Built built, BuildExpr(*unary.expr, place));
  if (unary.op == UnaryOp::kPlus) return built;
  built.op = Transform(query_, std::move(built.op), NewNegation(query_.options.delayed_name_removal));
  return AfterNameDrop(std::move(built), true, SameLabels::kMerge);
}

absl::StatusOr<PlanBuilder::Built> PlanBuilder::BuildAggregate(const AggregateExpr& aggregate, const Place& place) {
  Place inner = place;
  inner.function = ToString(aggregate.op);
  inner.aggregate = &aggregate;
  inner.directly = true;
  VARVE_ASSIGN_OR_RETURN(Built input, BuildExpr(StripParens(*aggregate.expr), inner));
  if (aggregate.op == AggregateOp::kCountValues) {
    const std::string& label = StripParens(*aggregate.param).As<StringLiteral>().value;
    VARVE_ASSIGN_OR_RETURN(OperatorPtr op,
                           NewCountValuesOperator(query_, aggregate.grouping, aggregate.without, label, std::move(input.op)));
    return Built{std::move(op), false};
  }
  AggregateCall call = {.op = aggregate.op,
                        .grouping = Grouping(aggregate.grouping, aggregate.without),
                        .position = aggregate.range,
                        .input_position = StripParens(*aggregate.expr).position(),
                        .param_position = {}};
  OperatorPtr param;
  if (aggregate.param != nullptr) {
    call.param_position = StripParens(*aggregate.param).position();
    Place beside = place;
    beside.aggregate = nullptr;
    VARVE_ASSIGN_OR_RETURN(Built built, BuildExpr(StripParens(*aggregate.param), beside));
    param = std::move(built.op);
  }
  switch (aggregate.op) {
    case AggregateOp::kTopk:
    case AggregateOp::kBottomk:
    case AggregateOp::kLimitk:
      return Built{NewSelectKOperator(query_, std::move(call), std::move(input.op), std::move(param)), input.distinct};
    case AggregateOp::kLimitRatio:
      input.op = Transform(query_, std::move(input.op), NewLimitRatio(query_, call.param_position, std::move(param)));
      return input;
    default: break;
  }
  if (input.op->scan() != nullptr) query_.Apply(Optimization::kParallelAggregation);
  return Built{NewAggregateOperator(query_, std::move(call), std::move(input.op), std::move(param)), false};
}

absl::StatusOr<PlanBuilder::Built> PlanBuilder::BuildBinary(const BinaryExpr& binary, const Place& place) {
  Place inner = place;
  inner.function.clear();
  inner.aggregate = nullptr;
  inner.histogram_buckets |= IsTrim(binary.op);
  const bool lhs_scalar = binary.lhs->type() == ValueType::kScalar, rhs_scalar = binary.rhs->type() == ValueType::kScalar;
  if (!lhs_scalar && !rhs_scalar) return BuildVectorBinary(binary, inner);
  Place of_vector = inner;  // with a number it is a function of one series
  of_vector.aggregate = place.aggregate;
  of_vector.directly = false;
  VARVE_ASSIGN_OR_RETURN(Built lhs, BuildExpr(*binary.lhs, lhs_scalar ? inner : of_vector));
  VARVE_ASSIGN_OR_RETURN(Built rhs, BuildExpr(*binary.rhs, rhs_scalar ? inner : of_vector));
  if (lhs_scalar && rhs_scalar) {
    return Built{NewScalarBinaryOperator(query_, binary.op, std::move(lhs.op), std::move(rhs.op)), true};
  }
  Built& vector = lhs_scalar ? rhs : lhs;
  Built& scalar = lhs_scalar ? lhs : rhs;
  const BinaryCall call = {.op = binary.op, .return_bool = binary.return_bool, .position = binary.position()};
  vector.op = Transform(query_, std::move(vector.op),
                        NewVectorScalarBinary(call, std::move(scalar.op), lhs_scalar, query_.options.delayed_name_removal));
  return AfterNameDrop(std::move(vector), ChangesMetric(call), SameLabels::kMerge);
}

absl::StatusOr<PlanBuilder::Built> PlanBuilder::BuildVectorBinary(const BinaryExpr& binary, const Place& place) {
  VARVE_ASSIGN_OR_RETURN(Built lhs, BuildExpr(*binary.lhs, place));
  VARVE_ASSIGN_OR_RETURN(Built rhs, BuildExpr(*binary.rhs, place));
  const VectorMatching& matching = *binary.matching;
  if (IsSetOperation(binary.op)) {
    const bool distinct = binary.op != BinaryOp::kOr && lhs.distinct;
    return Built{NewSetOperationOperator(query_, binary.op, matching, std::move(lhs.op), std::move(rhs.op)), distinct};
  }
  const BinaryCall call = {.op = binary.op, .return_bool = binary.return_bool, .position = binary.position()};
  const bool many_distinct = matching.cardinality == VectorMatching::Cardinality::kOneToMany ? rhs.distinct : lhs.distinct;
  return Built{NewVectorBinaryOperator(query_, call, matching, std::move(lhs.op), std::move(rhs.op), many_distinct),
               ChangesMetric(call) && !query_.options.delayed_name_removal};
}

}  // namespace varve::promql
