// The children of an expression as the pointers that own them, for rewrites that put another expression in their place.
#pragma once

#include "promql/ast.h"

namespace varve::promql {

// Calls visit(ExprPtr&) for each child of `expr` that any expression of its type could replace: not for the selector of a range
// selector and not for duration expressions.
template <typename Visit>
void ForEachChild(Expr& expr, const Visit& visit) {
  switch (expr.kind()) {
    case ExprKind::kSubquery: return visit(expr.As<SubqueryExpr>().expr);
    case ExprKind::kUnary: return visit(expr.As<UnaryExpr>().expr);
    case ExprKind::kParen: return visit(expr.As<ParenExpr>().expr);
    case ExprKind::kCall:
      for (ExprPtr& arg : expr.As<Call>().args) visit(arg);
      return;
    case ExprKind::kAggregate:
      visit(expr.As<AggregateExpr>().expr);
      if (ExprPtr& param = expr.As<AggregateExpr>().param; param != nullptr) visit(param);
      return;
    case ExprKind::kBinary:
      visit(expr.As<BinaryExpr>().lhs);
      visit(expr.As<BinaryExpr>().rhs);
      return;
    case ExprKind::kNumber:
    case ExprKind::kString:
    case ExprKind::kVectorSelector:
    case ExprKind::kMatrixSelector:
    case ExprKind::kDuration: return;
  }
}

}  // namespace varve::promql
