#include "promql/engine/resolve.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string_view>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "promql/duration_seconds.h"

namespace varve::promql {
namespace {

double Seconds(int64_t ms) { return static_cast<double>(ms) / 1000; }

absl::StatusOr<double> Evaluate(const Expr& expr, const QueryTimes& times);

absl::StatusOr<double> Evaluate(const DurationExpr& expr, const QueryTimes& times) {
  double lhs = 0, rhs = 0;
  if (expr.lhs != nullptr) {
    VARVE_ASSIGN_OR_RETURN(lhs, Evaluate(*expr.lhs, times));
  }
  if (expr.rhs != nullptr) {
    VARVE_ASSIGN_OR_RETURN(rhs, Evaluate(*expr.rhs, times));
  }
  const PositionRange at = expr.position();
  switch (expr.op) {
    case DurationOp::kStep: return DurationSeconds(times.step_ms);
    case DurationOp::kRange: return DurationSeconds(times.end - times.start);
    case DurationOp::kMinOf: return std::isnan(lhs) || std::isnan(rhs) ? NAN : std::min(lhs, rhs);
    case DurationOp::kMaxOf: return std::isnan(lhs) || std::isnan(rhs) ? NAN : std::max(lhs, rhs);
    case DurationOp::kAdd: return lhs + rhs;
    case DurationOp::kSub: return lhs - rhs;
    case DurationOp::kMul: return lhs * rhs;
    case DurationOp::kDiv:
      if (rhs == 0) return InvalidArgument("{}:{}: division by zero", at.start, at.end);
      return lhs / rhs;
    case DurationOp::kMod:
      if (rhs == 0) return InvalidArgument("{}:{}: modulo by zero", at.start, at.end);
      return std::fmod(lhs, rhs);
    case DurationOp::kPow: return std::pow(lhs, rhs);
  }
  return Internal("unexpected duration expression operator");
}

absl::StatusOr<double> Evaluate(const Expr& expr, const QueryTimes& times) {
  if (const auto* number = expr.AsIf<NumberLiteral>()) return number->value;
  return Evaluate(expr.As<DurationExpr>(), times);
}

// Replaces `duration` by the value of `expr`, if there is one.
absl::Status ResolveDuration(std::unique_ptr<DurationExpr>& expr, const QueryTimes& times, bool may_be_negative,
                             QueryDuration& duration) {
  if (expr == nullptr) return absl::OkStatus();
  VARVE_ASSIGN_OR_RETURN(const double seconds, Evaluate(*expr, times));
  const PositionRange at = expr->position();
  if (!std::isfinite(seconds)) return InvalidArgument("{}:{}: duration is NaN or infinite", at.start, at.end);
  if (seconds <= 0 && !may_be_negative) {
    return InvalidArgument("{}:{}: duration must be greater than 0", at.start, at.end);
  }
  constexpr double kSecondsMax = 9223372036.0;  // in a Go duration
  if (std::abs(seconds) > kSecondsMax) return InvalidArgument("{}:{}: duration is out of range", at.start, at.end);
  duration.ns = static_cast<int64_t>(seconds * 1000) * 1'000'000;
  expr.reset();
  return absl::OkStatus();
}

absl::Status ResolveShift(TimeShift& shift, const QueryTimes& times) {
  if (shift.at_anchor == TimeShift::Anchor::kStart) shift.at = times.start;
  if (shift.at_anchor == TimeShift::Anchor::kEnd) shift.at = times.end;
  if (shift.at.has_value()) shift.at = std::clamp(*shift.at, kQueryTimeMin, kQueryTimeMax);
  return ResolveDuration(shift.offset_expr, times, true, shift.offset);
}

ExprPtr NumberInPlaceOf(const Call& call, double value) {
  auto number = std::make_unique<NumberLiteral>();
  number->value = value;
  number->range = call.range;
  return number;
}

// The number a call stands for that depends on the query only; null for other calls.
ExprPtr FoldCall(const Call& call, const QueryTimes& times) {
  const std::string_view name = call.name();
  if (name == "start") return NumberInPlaceOf(call, Seconds(times.start));
  if (name == "end") return NumberInPlaceOf(call, Seconds(times.end));
  if (name == "range") return NumberInPlaceOf(call, DurationSeconds(times.end - times.start));
  if (name == "step") return NumberInPlaceOf(call, times.start == times.end ? 0 : DurationSeconds(times.step_ms));
  return nullptr;
}

absl::Status ResolveInPlace(ExprPtr& expr, const QueryTimes& times);

absl::Status ResolveCall(ExprPtr& expr, const QueryTimes& times) {
  auto& call = expr->As<Call>();
  if (ExprPtr folded = FoldCall(call, times); folded != nullptr) {
    expr = std::move(folded);
    return absl::OkStatus();
  }
  for (ExprPtr& arg : call.args) VARVE_RETURN_IF_ERROR(ResolveInPlace(arg, times));
  return absl::OkStatus();
}

absl::Status ResolveSubquery(SubqueryExpr& subquery, const QueryTimes& times) {
  VARVE_RETURN_IF_ERROR(ResolveShift(subquery.shift, times));
  VARVE_RETURN_IF_ERROR(ResolveDuration(subquery.step_expr, times, false, subquery.step));
  VARVE_RETURN_IF_ERROR(ResolveDuration(subquery.length_expr, times, false, subquery.length));
  return ResolveInPlace(subquery.expr, times);
}

absl::Status ResolveInPlace(ExprPtr& expr, const QueryTimes& times) {
  switch (expr->kind()) {
    case ExprKind::kVectorSelector: return ResolveShift(expr->As<VectorSelector>().shift, times);
    case ExprKind::kMatrixSelector: {
      auto& matrix = expr->As<MatrixSelector>();
      VARVE_RETURN_IF_ERROR(ResolveShift(matrix.selector->shift, times));
      return ResolveDuration(matrix.length_expr, times, false, matrix.length);
    }
    case ExprKind::kSubquery: return ResolveSubquery(expr->As<SubqueryExpr>(), times);
    case ExprKind::kCall: return ResolveCall(expr, times);
    case ExprKind::kAggregate: {
      auto& aggregate = expr->As<AggregateExpr>();
      if (aggregate.param != nullptr) VARVE_RETURN_IF_ERROR(ResolveInPlace(aggregate.param, times));
      return ResolveInPlace(aggregate.expr, times);
    }
    case ExprKind::kBinary: {
      auto& binary = expr->As<BinaryExpr>();
      VARVE_RETURN_IF_ERROR(ResolveInPlace(binary.lhs, times));
      return ResolveInPlace(binary.rhs, times);
    }
    case ExprKind::kUnary: return ResolveInPlace(expr->As<UnaryExpr>().expr, times);
    case ExprKind::kParen: return ResolveInPlace(expr->As<ParenExpr>().expr, times);
    case ExprKind::kNumber:
    case ExprKind::kString:
    case ExprKind::kDuration: return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ExprPtr> Resolve(const Expr& expr, const QueryTimes& times) {
  ExprPtr copy = expr.Clone();
  VARVE_RETURN_IF_ERROR(ResolveInPlace(copy, times));
  return copy;
}

}  // namespace varve::promql
