#include <absl/strings/ascii.h>

#include "promql/printer.h"
#include "promql/printer_parts.h"

namespace varve::promql {
namespace {

constexpr size_t kColumnsMax = 100;

std::string Pretty(const Expr& expr, size_t level);

std::string Indent(size_t level) { return std::string(level * 2, ' '); }

std::string PrettyAggregate(const AggregateExpr& aggregate, size_t level) {
  std::string out = Indent(level);
  AppendAggregateHead(out, aggregate);
  out += "(\n";
  if (aggregate.param != nullptr) out += Pretty(*aggregate.param, level + 1) + ",\n";
  return out + Pretty(*aggregate.expr, level + 1) + "\n" + Indent(level) + ")";
}

std::string PrettyBinary(const BinaryExpr& binary, size_t level) {
  std::string out = Pretty(*binary.lhs, level + 1) + "\n" + Indent(level);
  AppendOperator(out, binary);
  return out + "\n" + Pretty(*binary.rhs, level + 1);
}

std::string PrettyCall(const Call& call, size_t level) {
  std::string out = Indent(level);
  out.append(call.name()).append("(\n");
  for (size_t i = 0; i < call.args.size(); ++i) {
    if (i > 0) out += ",\n";
    out += Pretty(*call.args[i], level + 1);
  }
  return out + "\n" + Indent(level) + ")";
}

// Prometheus forgets the indentation of a subquery that fits on its line.
std::string PrettySubquery(const SubqueryExpr& subquery, size_t level) {
  std::string line = ToString(subquery);
  if (line.size() <= kColumnsMax) return line;
  std::string out = Pretty(*subquery.expr, level);
  AppendSubquerySuffix(out, subquery);
  return out;
}

std::string PrettyUnary(const UnaryExpr& unary, size_t level) {
  const std::string child = Pretty(*unary.expr, level);
  const absl::string_view trimmed = absl::StripAsciiWhitespace(child);
  return Indent(level).append(ToString(unary.op)).append(trimmed.data(), trimmed.size());
}

std::string Pretty(const Expr& expr, size_t level) {
  if (expr.kind() == ExprKind::kSubquery) return PrettySubquery(expr.As<SubqueryExpr>(), level);
  if (expr.kind() == ExprKind::kUnary) return PrettyUnary(expr.As<UnaryExpr>(), level);
  if (std::string line = ToString(expr); line.size() <= kColumnsMax) return Indent(level) + line;
  switch (expr.kind()) {
    case ExprKind::kAggregate: return PrettyAggregate(expr.As<AggregateExpr>(), level);
    case ExprKind::kBinary: return PrettyBinary(expr.As<BinaryExpr>(), level);
    case ExprKind::kCall: return PrettyCall(expr.As<Call>(), level);
    case ExprKind::kParen:
      return Indent(level) + "(\n" + Pretty(*expr.As<ParenExpr>().expr, level + 1) + "\n" + Indent(level) + ")";
    default: return Indent(level) + ToString(expr);
  }
}

}  // namespace

std::string Prettify(const Expr& expr) { return Pretty(expr, 0); }

}  // namespace varve::promql
