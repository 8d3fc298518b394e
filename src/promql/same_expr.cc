#include <bit>
#include <cmath>

#include "promql/ast.h"

namespace varve::promql {
namespace {

bool SameNumber(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b) || (std::isnan(a) && std::isnan(b));
}

bool SameNumber(const std::optional<double>& a, const std::optional<double>& b) {
  return a.has_value() == b.has_value() && (!a.has_value() || SameNumber(*a, *b));
}

template <typename Ptr>
bool SameChild(const Ptr& a, const Ptr& b) {
  if (a == nullptr || b == nullptr) return a == b;
  return SameExpr(*a, *b);
}

bool SameShift(const TimeShift& a, const TimeShift& b) {
  return a.offset == b.offset && SameChild(a.offset_expr, b.offset_expr) && a.at == b.at && a.at_anchor == b.at_anchor;
}

bool SameMatching(const std::optional<VectorMatching>& a, const std::optional<VectorMatching>& b) {
  if (!a.has_value() || !b.has_value()) return a.has_value() == b.has_value();
  return a->cardinality == b->cardinality && a->labels == b->labels && a->on == b->on && a->include == b->include &&
         SameNumber(a->fill_lhs, b->fill_lhs) && SameNumber(a->fill_rhs, b->fill_rhs);
}

bool Same(const NumberLiteral& a, const NumberLiteral& b) {
  return a.is_duration == b.is_duration && SameNumber(a.value, b.value);
}

bool Same(const StringLiteral& a, const StringLiteral& b) { return a.value == b.value; }

bool Same(const DurationExpr& a, const DurationExpr& b) {
  return a.op == b.op && a.wrapped == b.wrapped && SameChild(a.lhs, b.lhs) && SameChild(a.rhs, b.rhs);
}

bool Same(const VectorSelector& a, const VectorSelector& b) {
  return a.name == b.name && a.matchers == b.matchers && SameShift(a.shift, b.shift) && a.anchored == b.anchored &&
         a.smoothed == b.smoothed;
}

bool Same(const MatrixSelector& a, const MatrixSelector& b) {
  return a.length == b.length && SameChild(a.length_expr, b.length_expr) && SameChild(a.selector, b.selector);
}

bool Same(const SubqueryExpr& a, const SubqueryExpr& b) {
  return a.length == b.length && SameChild(a.length_expr, b.length_expr) && a.step == b.step &&
         SameChild(a.step_expr, b.step_expr) && SameShift(a.shift, b.shift) && SameChild(a.expr, b.expr);
}

bool Same(const Call& a, const Call& b) {
  if (a.function != b.function || a.args.size() != b.args.size()) return false;
  for (size_t i = 0; i < a.args.size(); ++i) {
    if (!SameChild(a.args[i], b.args[i])) return false;
  }
  return true;
}

bool Same(const AggregateExpr& a, const AggregateExpr& b) {
  return a.op == b.op && a.without == b.without && a.grouping == b.grouping && SameChild(a.param, b.param) &&
         SameChild(a.expr, b.expr);
}

bool Same(const BinaryExpr& a, const BinaryExpr& b) {
  return a.op == b.op && a.return_bool == b.return_bool && SameMatching(a.matching, b.matching) && SameChild(a.lhs, b.lhs) &&
         SameChild(a.rhs, b.rhs);
}

bool Same(const UnaryExpr& a, const UnaryExpr& b) { return a.op == b.op && SameChild(a.expr, b.expr); }

bool Same(const ParenExpr& a, const ParenExpr& b) { return SameChild(a.expr, b.expr); }

}  // namespace

bool SameExpr(const Expr& a, const Expr& b) {
  if (a.kind() != b.kind()) return false;
  const auto same = [&b]<typename T>(const T* mine) { return Same(*mine, b.As<T>()); };
  switch (a.kind()) {
    case ExprKind::kNumber: return same(a.AsIf<NumberLiteral>());
    case ExprKind::kString: return same(a.AsIf<StringLiteral>());
    case ExprKind::kVectorSelector: return same(a.AsIf<VectorSelector>());
    case ExprKind::kMatrixSelector: return same(a.AsIf<MatrixSelector>());
    case ExprKind::kSubquery: return same(a.AsIf<SubqueryExpr>());
    case ExprKind::kCall: return same(a.AsIf<Call>());
    case ExprKind::kAggregate: return same(a.AsIf<AggregateExpr>());
    case ExprKind::kBinary: return same(a.AsIf<BinaryExpr>());
    case ExprKind::kUnary: return same(a.AsIf<UnaryExpr>());
    case ExprKind::kParen: return same(a.AsIf<ParenExpr>());
    case ExprKind::kDuration: return same(a.AsIf<DurationExpr>());
  }
  return false;
}

}  // namespace varve::promql
