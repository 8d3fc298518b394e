#include "promql/testing/reference/evaluation.h"

#include <set>

#include "base/errors.h"
#include "base/status_macros.h"
#include "model/histogram_arithmetic.h"
#include "promql/testing/reference/operations.h"

namespace varve::promql::reference {
namespace {

Value Negated(const Value& value) {
  if (!value.is_histogram()) return Number(-value.number);
  FloatHistogram histogram = *value.histogram;
  MultiplyHistogram(histogram, -1);
  return Histogram(std::move(histogram));
}

}  // namespace

absl::Status CheckDistinct(const Vector& vector) {
  std::set<Labels> seen;
  for (const Element& element : vector) {
    if (!seen.insert(element.labels).second) return FailedPrecondition("vector cannot contain metrics with the same labelset");
  }
  return absl::OkStatus();
}

absl::StatusOr<double> Evaluation::Scalar(const Expr& expr, TimestampMs time) const {
  switch (expr.kind()) {
    case ExprKind::kNumber: return expr.As<NumberLiteral>().value;
    case ExprKind::kParen: return Scalar(*expr.As<ParenExpr>().expr, time);
    case ExprKind::kCall: return CallScalar(expr.As<Call>(), time);
    case ExprKind::kUnary: {
      VARVE_ASSIGN_OR_RETURN(const double value, Scalar(*expr.As<UnaryExpr>().expr, time));
      return expr.As<UnaryExpr>().op == UnaryOp::kMinus ? -value : value;
    }
    case ExprKind::kBinary: {
      const auto& binary = expr.As<BinaryExpr>();
      VARVE_ASSIGN_OR_RETURN(const double lhs, Scalar(*binary.lhs, time));
      VARVE_ASSIGN_OR_RETURN(const double rhs, Scalar(*binary.rhs, time));
      if (IsTrim(binary.op)) return FailedPrecondition("operator {:?} not allowed for Scalar operations", ToString(binary.op));
      return Calculate(binary.op, lhs, rhs);
    }
    default: return Unimplemented("no scalar");
  }
}

absl::StatusOr<Vector> Evaluation::InstantVector(const Expr& expr, TimestampMs time) const {
  switch (expr.kind()) {
    case ExprKind::kParen: return InstantVector(*expr.As<ParenExpr>().expr, time);
    case ExprKind::kVectorSelector: return Select(expr.As<VectorSelector>(), time);
    case ExprKind::kCall: return CallFunction(expr.As<Call>(), time);
    case ExprKind::kAggregate: return Aggregate(expr.As<AggregateExpr>(), time);
    case ExprKind::kBinary: return Combine(expr.As<BinaryExpr>(), time);
    case ExprKind::kUnary: {
      VARVE_ASSIGN_OR_RETURN(Vector vector, InstantVector(*expr.As<UnaryExpr>().expr, time));
      if (expr.As<UnaryExpr>().op == UnaryOp::kPlus) return vector;
      for (Element& element : vector) element = {.labels = WithoutName(element.labels), .value = Negated(element.value)};
      VARVE_RETURN_IF_ERROR(CheckDistinct(vector));
      return vector;
    }
    default: return Unimplemented("no instant vector");
  }
}

absl::StatusOr<Matrix> Evaluation::RangeVector(const Expr& expr, TimestampMs time) const {
  switch (expr.kind()) {
    case ExprKind::kParen: return RangeVector(*expr.As<ParenExpr>().expr, time);
    case ExprKind::kMatrixSelector: return SelectRange(expr.As<MatrixSelector>(), time);
    case ExprKind::kSubquery: return RunSubquery(expr.As<SubqueryExpr>(), time);
    default: return Unimplemented("no range vector");
  }
}

}  // namespace varve::promql::reference
