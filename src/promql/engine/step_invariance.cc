#include "promql/engine/step_invariance.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace varve::promql {
namespace {

// Functions that look at the time of evaluation, whatever their arguments.
constexpr std::array<std::string_view, 11> kTimeDependent = {"day_of_month", "day_of_week", "day_of_year", "days_in_month",
                                                             "hour",         "minute",      "month",       "predict_linear",
                                                             "time",         "timestamp",   "year"};

}  // namespace

bool StepInvariance::Visit(const Expr& expr) {
  bool invariant = true;
  switch (expr.kind()) {
    case ExprKind::kCall: invariant = VisitCall(expr.As<Call>()); break;
    case ExprKind::kVectorSelector: invariant = expr.As<VectorSelector>().shift.at.has_value(); break;
    case ExprKind::kSubquery:
      Visit(*expr.As<SubqueryExpr>().expr);
      invariant = expr.As<SubqueryExpr>().shift.at.has_value();
      break;
    case ExprKind::kAggregate:
      if (const auto& param = expr.As<AggregateExpr>().param; param != nullptr) Visit(*param);
      invariant = Visit(*expr.As<AggregateExpr>().expr);
      break;
    default:
      for (const Expr* child : Children(expr)) invariant &= Visit(*child);
  }
  bool once = invariant;
  switch (expr.kind()) {
    case ExprKind::kNumber:
    case ExprKind::kString:
    case ExprKind::kMatrixSelector:
    case ExprKind::kSubquery: once = false; break;
    case ExprKind::kParen: once = once_.at(expr.As<ParenExpr>().expr.get()); break;
    case ExprKind::kUnary: once = once_.at(expr.As<UnaryExpr>().expr.get()); break;
    default: break;
  }
  once_[&expr] = once;
  return invariant;
}

bool StepInvariance::VisitCall(const Call& call) {
  bool invariant = true;
  for (const ExprPtr& arg : call.args) invariant &= Visit(*arg);
  if (call.name() == "timestamp") {
    // Of a pinned selector it is the time of a sample, of anything else the time of evaluation.
    return invariant && StripParens(*call.args[0]).kind() == ExprKind::kVectorSelector;
  }
  return invariant && std::find(kTimeDependent.begin(), kTimeDependent.end(), call.name()) == kTimeDependent.end();
}

}  // namespace varve::promql
