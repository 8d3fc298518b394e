#include "promql/printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/duration.h"
#include "base/float_text.h"
#include "model/names.h"
#include "model/quote.h"
#include "promql/function_signatures.h"
#include "promql/printer_parts.h"

namespace varve::promql {
namespace {

void AppendExpr(std::string& out, const Expr& expr);

void AppendLabelNames(std::string& out, const std::vector<std::string>& names) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += ", ";
    if (IsLegacyLabelName(names[i])) {
      out += names[i];
    } else {
      AppendQuoted(out, names[i]);
    }
  }
}

// A duration or the expression that stands for it.
void AppendDuration(std::string& out, QueryDuration constant, const std::unique_ptr<DurationExpr>& expression) {
  if (expression != nullptr) {
    AppendExpr(out, *expression);
  } else {
    out += FormatPrometheusDuration(constant.ms());
  }
}

void AppendOffset(std::string& out, const TimeShift& shift) {
  if (shift.offset_expr == nullptr && shift.offset.ns == 0) return;
  out += " offset ";
  if (shift.offset_expr == nullptr && shift.offset.ns < 0) {
    out += '-';
    out += FormatPrometheusDuration(-shift.offset.ms());
  } else {
    AppendDuration(out, shift.offset, shift.offset_expr);
  }
}

void AppendAt(std::string& out, const TimeShift& shift) {
  if (shift.at.has_value()) {
    fmt::format_to(std::back_inserter(out), " @ {:.3f}", static_cast<double>(*shift.at) / 1000.0);
  } else if (shift.at_anchor != TimeShift::Anchor::kNone) {
    out += shift.at_anchor == TimeShift::Anchor::kStart ? " @ start()" : " @ end()";
  }
}

void AppendExtendedRange(std::string& out, const VectorSelector& selector) {
  if (selector.anchored) {
    out += " anchored";
  } else if (selector.smoothed) {
    out += " smoothed";
  }
}

void AppendNameAndMatchers(std::string& out, const VectorSelector& selector) {
  out += selector.name;
  std::vector<std::string> texts;
  for (const Matcher& matcher : selector.matchers) {
    const bool is_name = matcher.name() == kMetricName && matcher.type() == Matcher::Type::kEqual;
    if (!is_name || matcher.value() != selector.name || selector.name.empty()) texts.push_back(matcher.ToString());
  }
  if (texts.empty()) return;
  std::ranges::sort(texts);
  out += fmt::format("{{{}}}", fmt::join(texts, ","));
}

void AppendVectorSelector(std::string& out, const VectorSelector& selector) {
  AppendNameAndMatchers(out, selector);
  AppendAt(out, selector.shift);
  AppendExtendedRange(out, selector);
  AppendOffset(out, selector.shift);
}

void AppendMatrixSelector(std::string& out, const MatrixSelector& matrix) {
  AppendNameAndMatchers(out, *matrix.selector);
  out += '[';
  AppendDuration(out, matrix.length, matrix.length_expr);
  out += ']';
  AppendExtendedRange(out, *matrix.selector);
  AppendAt(out, matrix.selector->shift);
  AppendOffset(out, matrix.selector->shift);
}

void AppendNumber(std::string& out, const NumberLiteral& number) {
  if (!number.is_duration) return AppendFloatFixed(out, number.value);
  if (number.value < 0) out += '-';
  out += FormatPrometheusDuration(static_cast<int64_t>(std::fabs(number.value) * 1e9) / 1'000'000);
}

void AppendAggregate(std::string& out, const AggregateExpr& aggregate) {
  AppendAggregateHead(out, aggregate);
  out += '(';
  if (aggregate.param != nullptr) {
    AppendExpr(out, *aggregate.param);
    out += ", ";
  }
  AppendExpr(out, *aggregate.expr);
  out += ')';
}

void AppendCall(std::string& out, const Call& call) {
  out += call.name();
  out += '(';
  for (size_t i = 0; i < call.args.size(); ++i) {
    if (i > 0) out += ", ";
    AppendExpr(out, *call.args[i]);
  }
  out += ')';
}

void AppendDurationOperation(std::string& out, const DurationExpr& expr) {
  switch (expr.op) {
    case DurationOp::kStep:
    case DurationOp::kRange:
      out += ToString(expr.op);
      out += "()";
      return;
    case DurationOp::kMinOf:
    case DurationOp::kMaxOf:
      out += ToString(expr.op);
      out += '(';
      AppendExpr(out, *expr.lhs);
      out += ", ";
      AppendExpr(out, *expr.rhs);
      out += ')';
      return;
    default: break;
  }
  if (expr.lhs != nullptr) {
    AppendExpr(out, *expr.lhs);
    fmt::format_to(std::back_inserter(out), " {} ", ToString(expr.op));
  } else if (expr.op == DurationOp::kSub) {
    out += '-';
  }
  AppendExpr(out, *expr.rhs);
}

void AppendDurationExpr(std::string& out, const DurationExpr& expr) {
  if (expr.wrapped) out += '(';
  AppendDurationOperation(out, expr);
  if (expr.wrapped) out += ')';
}

void AppendBinary(std::string& out, const BinaryExpr& binary) {
  AppendExpr(out, *binary.lhs);
  out += ' ';
  AppendOperator(out, binary);
  out += ' ';
  AppendExpr(out, *binary.rhs);
}

void AppendExpr(std::string& out, const Expr& expr) {
  switch (expr.kind()) {
    case ExprKind::kNumber: return AppendNumber(out, expr.As<NumberLiteral>());
    case ExprKind::kString: return AppendQuoted(out, expr.As<StringLiteral>().value);
    case ExprKind::kVectorSelector: return AppendVectorSelector(out, expr.As<VectorSelector>());
    case ExprKind::kMatrixSelector: return AppendMatrixSelector(out, expr.As<MatrixSelector>());
    case ExprKind::kCall: return AppendCall(out, expr.As<Call>());
    case ExprKind::kAggregate: return AppendAggregate(out, expr.As<AggregateExpr>());
    case ExprKind::kBinary: return AppendBinary(out, expr.As<BinaryExpr>());
    case ExprKind::kDuration: return AppendDurationExpr(out, expr.As<DurationExpr>());
    case ExprKind::kSubquery:
      AppendExpr(out, *expr.As<SubqueryExpr>().expr);
      AppendSubquerySuffix(out, expr.As<SubqueryExpr>());
      return;
    case ExprKind::kUnary: out += ToString(expr.As<UnaryExpr>().op); return AppendExpr(out, *expr.As<UnaryExpr>().expr);
    case ExprKind::kParen:
      out += '(';
      AppendExpr(out, *expr.As<ParenExpr>().expr);
      out += ')';
      return;
  }
}

}  // namespace

void AppendAggregateHead(std::string& out, const AggregateExpr& aggregate) {
  out += ToString(aggregate.op);
  if (!aggregate.without && aggregate.grouping.empty()) return;
  out += aggregate.without ? " without (" : " by (";
  AppendLabelNames(out, aggregate.grouping);
  out += ") ";
}

void AppendOperator(std::string& out, const BinaryExpr& binary) {
  out += ToString(binary.op);
  if (binary.return_bool) out += " bool";
  if (!binary.matching.has_value()) return;
  const VectorMatching& matching = *binary.matching;
  const bool many_to_one = matching.cardinality == VectorMatching::Cardinality::kManyToOne;
  const bool grouped = many_to_one || matching.cardinality == VectorMatching::Cardinality::kOneToMany;
  if (!matching.labels.empty() || matching.on || grouped) {
    out += matching.on ? " on (" : " ignoring (";
    AppendLabelNames(out, matching.labels);
    out += ')';
  }
  if (grouped) {
    out += many_to_one ? " group_left (" : " group_right (";
    AppendLabelNames(out, matching.include);
    out += ')';
  }
  const auto append_fill = [&out](std::string_view name, double value) {
    out += fmt::format(" {} ({})", name, FormatFloatGeneral(value));
  };
  if (matching.fill_lhs.has_value() && matching.fill_rhs.has_value() && *matching.fill_lhs == *matching.fill_rhs) {
    return append_fill("fill", *matching.fill_lhs);
  }
  if (matching.fill_lhs.has_value()) append_fill("fill_left", *matching.fill_lhs);
  if (matching.fill_rhs.has_value()) append_fill("fill_right", *matching.fill_rhs);
}

void AppendSubquerySuffix(std::string& out, const SubqueryExpr& subquery) {
  out += '[';
  AppendDuration(out, subquery.length, subquery.length_expr);
  out += ':';
  if (subquery.step.ns != 0 || subquery.step_expr != nullptr) AppendDuration(out, subquery.step, subquery.step_expr);
  out += ']';
  AppendAt(out, subquery.shift);
  AppendOffset(out, subquery.shift);
}

std::string ToString(const Expr& expr) {
  std::string out;
  AppendExpr(out, expr);
  return out;
}

}  // namespace varve::promql
