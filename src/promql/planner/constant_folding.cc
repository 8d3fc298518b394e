#include "promql/planner/constant_folding.h"

#include <memory>
#include <optional>

#include "promql/engine/float_kernels.h"
#include "promql/planner/expr_children.h"

namespace varve::promql {
namespace {

const NumberLiteral* NumberIn(const Expr& expr) { return StripParens(expr).AsIf<NumberLiteral>(); }

// The value of an operation on numbers.
std::optional<double> ValueOf(const Expr& expr) {
  if (const auto* unary = expr.AsIf<UnaryExpr>(); unary != nullptr) {
    const NumberLiteral* number = NumberIn(*unary->expr);
    if (number == nullptr) return std::nullopt;
    return unary->op == UnaryOp::kMinus ? -number->value : number->value;
  }
  if (const auto* binary = expr.AsIf<BinaryExpr>(); binary != nullptr) {
    const NumberLiteral *lhs = NumberIn(*binary->lhs), *rhs = NumberIn(*binary->rhs);
    // What numbers do not have fails when it is evaluated.
    if (lhs != nullptr && rhs != nullptr && !IsTrim(binary->op)) return BinaryOfFloats(binary->op, lhs->value, rhs->value);
  }
  return std::nullopt;
}

}  // namespace

int FoldConstants(ExprPtr& expr) {
  int folded = 0;
  ForEachChild(*expr, [&folded](ExprPtr& child) { folded += FoldConstants(child); });
  const std::optional<double> value = ValueOf(*expr);
  if (!value.has_value()) return folded;
  auto number = std::make_unique<NumberLiteral>();
  number->value = *value;
  number->range = expr->position();
  expr = std::move(number);
  return folded + 1;
}

}  // namespace varve::promql
