#include "promql/testing/random/expr_slots.h"

namespace varve::promql {
namespace {

void Collect(ExprPtr& slot, std::vector<ExprPtr*>& slots) {
  slots.push_back(&slot);
  Expr& expr = *slot;
  if (auto* subquery = expr.AsIf<SubqueryExpr>()) Collect(subquery->expr, slots);
  if (auto* call = expr.AsIf<Call>()) {
    for (ExprPtr& arg : call->args) Collect(arg, slots);
  }
  if (auto* aggregate = expr.AsIf<AggregateExpr>()) {
    Collect(aggregate->expr, slots);
    if (aggregate->param != nullptr) Collect(aggregate->param, slots);
  }
  if (auto* binary = expr.AsIf<BinaryExpr>()) {
    Collect(binary->lhs, slots);
    Collect(binary->rhs, slots);
  }
  if (auto* unary = expr.AsIf<UnaryExpr>()) Collect(unary->expr, slots);
  if (auto* paren = expr.AsIf<ParenExpr>()) Collect(paren->expr, slots);
}

}  // namespace

std::vector<ExprPtr*> ExprSlots(ExprPtr& root) {
  std::vector<ExprPtr*> slots;
  Collect(root, slots);
  return slots;
}

}  // namespace varve::promql
