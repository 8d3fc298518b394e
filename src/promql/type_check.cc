#include "promql/type_check.h"

#include <absl/status/statusor.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/status_macros.h"
#include "model/quote.h"
#include "promql/function_signatures.h"

namespace varve::promql {
namespace {

class TypeChecker {
 public:
  explicit TypeChecker(TokenStream& tokens) : tokens_(tokens) {}

  absl::StatusOr<ValueType> Check(Expr& expr);

 private:
  absl::Status CheckAggregate(AggregateExpr& aggregate);
  absl::StatusOr<ValueType> CheckBinary(BinaryExpr& binary);
  absl::Status CheckModifiers(BinaryExpr& binary, ValueType lhs, ValueType rhs);
  absl::Status CheckMatching(BinaryExpr& binary, bool both_vectors);
  absl::Status CheckCall(Call& call);
  absl::Status CheckArgumentCount(const Call& call);
  absl::Status CheckInfoSelector(const Call& call);
  absl::Status CheckSelector(const VectorSelector& selector);
  absl::Status Expect(Expr& expr, ValueType want, std::string_view context);
  PositionRange OperatorPosition(const BinaryExpr& binary) const;

  TokenStream& tokens_;
  const Expr* info_selector_ = nullptr;  // the latest second argument of info(): it may match everything
};

bool IsNumeric(ValueType type) { return type == ValueType::kScalar || type == ValueType::kVector; }

absl::StatusOr<ValueType> TypeChecker::Check(Expr& expr) {
  switch (expr.kind()) {
    case ExprKind::kNumber:
    case ExprKind::kString:
    case ExprKind::kDuration: break;
    case ExprKind::kVectorSelector: VARVE_RETURN_IF_ERROR(CheckSelector(expr.As<VectorSelector>())); break;
    case ExprKind::kMatrixSelector: VARVE_RETURN_IF_ERROR(CheckSelector(*expr.As<MatrixSelector>().selector)); break;
    case ExprKind::kParen: return Check(*expr.As<ParenExpr>().expr);
    case ExprKind::kAggregate: VARVE_RETURN_IF_ERROR(CheckAggregate(expr.As<AggregateExpr>())); break;
    case ExprKind::kCall: VARVE_RETURN_IF_ERROR(CheckCall(expr.As<Call>())); break;
    case ExprKind::kBinary: return CheckBinary(expr.As<BinaryExpr>());
    case ExprKind::kUnary: {
      VARVE_ASSIGN_OR_RETURN(const ValueType type, Check(*expr.As<UnaryExpr>().expr));
      if (IsNumeric(type)) return type;
      return tokens_.Fail(expr.position(),
                          fmt::format("unary expression only allowed on expressions of type scalar or instant vector, "
                                      "got \"{}\"",
                                      DocumentedName(type)));
    }
    case ExprKind::kSubquery: {
      VARVE_ASSIGN_OR_RETURN(const ValueType type, Check(*expr.As<SubqueryExpr>().expr));
      if (type == ValueType::kVector) return ValueType::kMatrix;
      return tokens_.Fail(expr.position(),
                          fmt::format("subquery is only allowed on instant vector, got {} instead", ToString(type)));
    }
  }
  return expr.type();
}

absl::Status TypeChecker::Expect(Expr& expr, ValueType want, std::string_view context) {
  VARVE_ASSIGN_OR_RETURN(const ValueType type, Check(expr));
  if (type == want) return absl::OkStatus();
  return tokens_.Fail(expr.position(),
                      fmt::format("expected type {} in {}, got {}", DocumentedName(want), context, DocumentedName(type)));
}

absl::Status TypeChecker::CheckAggregate(AggregateExpr& aggregate) {
  VARVE_RETURN_IF_ERROR(Expect(*aggregate.expr, ValueType::kVector, "aggregation expression"));
  if (aggregate.param == nullptr) return absl::OkStatus();
  const ValueType want = aggregate.op == AggregateOp::kCountValues ? ValueType::kString : ValueType::kScalar;
  return Expect(*aggregate.param, want, "aggregation parameter");
}

// The operator with what belongs to it, without the spaces around it.
PositionRange TypeChecker::OperatorPosition(const BinaryExpr& binary) const {
  const auto is_space = [this](int at) {
    return std::string_view(" \t\n\r").find(tokens_.query()[static_cast<size_t>(at)]) != std::string_view::npos;
  };
  PositionRange position{binary.lhs->position().end, binary.rhs->position().start - 1};
  while (is_space(position.start)) ++position.start;
  while (is_space(position.end)) --position.end;
  return position;
}

absl::StatusOr<ValueType> TypeChecker::CheckBinary(BinaryExpr& binary) {
  VARVE_ASSIGN_OR_RETURN(const ValueType lhs, Check(*binary.lhs));
  VARVE_ASSIGN_OR_RETURN(const ValueType rhs, Check(*binary.rhs));
  VARVE_RETURN_IF_ERROR(CheckModifiers(binary, lhs, rhs));
  for (const auto& [type, side] : {std::pair{lhs, binary.lhs.get()}, std::pair{rhs, binary.rhs.get()}}) {
    if (!IsNumeric(type)) {
      return tokens_.Fail(side->position(), "binary expression must contain only scalar and instant vector types");
    }
  }
  const bool both_vectors = lhs == ValueType::kVector && rhs == ValueType::kVector;
  VARVE_RETURN_IF_ERROR(CheckMatching(binary, both_vectors));
  if (!both_vectors && IsSetOperation(binary.op)) {
    return tokens_.Fail(binary.position(),
                        fmt::format("set operator \"{}\" not allowed in binary scalar expression", ToString(binary.op)));
  }
  return lhs == ValueType::kScalar && rhs == ValueType::kScalar ? ValueType::kScalar : ValueType::kVector;
}

absl::Status TypeChecker::CheckModifiers(BinaryExpr& binary, ValueType lhs, ValueType rhs) {
  if (binary.return_bool && !IsComparison(binary.op)) {
    return tokens_.Fail(OperatorPosition(binary), "bool modifier can only be used on comparison operators");
  }
  if (IsComparison(binary.op) && !binary.return_bool && lhs == ValueType::kScalar && rhs == ValueType::kScalar) {
    return tokens_.Fail(OperatorPosition(binary), "comparisons between scalars must use BOOL modifier");
  }
  VectorMatching& matching = *binary.matching;
  if (IsSetOperation(binary.op) && matching.cardinality == VectorMatching::Cardinality::kOneToOne) {
    matching.cardinality = VectorMatching::Cardinality::kManyToMany;
  }
  if (!matching.on) return absl::OkStatus();
  for (const std::string& label : matching.labels) {
    if (std::ranges::find(matching.include, label) != matching.include.end()) {
      return tokens_.Fail(OperatorPosition(binary),
                          fmt::format("label {} must not occur in ON and GROUP clause at once", Quoted(label)));
    }
  }
  return absl::OkStatus();
}

absl::Status TypeChecker::CheckMatching(BinaryExpr& binary, bool both_vectors) {
  const VectorMatching& matching = *binary.matching;
  const auto fail = [&](std::string message) { return tokens_.Fail(binary.position(), std::move(message)); };
  const bool fills = matching.fill_lhs.has_value() || matching.fill_rhs.has_value();
  if (!both_vectors) {
    if (!matching.labels.empty()) return fail("vector matching only allowed between instant vectors");
    if (fills) return fail("filling in missing series only allowed between instant vectors");
    binary.matching.reset();
  } else if (IsSetOperation(binary.op)) {
    if (matching.cardinality != VectorMatching::Cardinality::kManyToMany) {
      return fail(fmt::format("no grouping allowed for \"{}\" operation", ToString(binary.op)));
    }
    if (fills) return fail("filling in missing series not allowed for set operators");
  }
  return absl::OkStatus();
}

absl::Status TypeChecker::CheckArgumentCount(const Call& call) {
  const FunctionSignature& function = *call.function;
  const auto count = static_cast<int>(call.args.size());
  const auto declared = static_cast<int>(function.arg_types.size());
  const auto fail = [&](std::string_view how_many, int wanted) {
    return tokens_.Fail(
        call.range, fmt::format("expected {}{} argument(s) in call to \"{}\", got {}", how_many, wanted, function.name, count));
  };
  if (function.variadic == 0) return count == declared ? absl::OkStatus() : fail("", declared);
  const int least = declared - 1;
  if (count < least) return fail("at least ", least);
  if (function.variadic > 0 && count > least + function.variadic) return fail("at most ", least + function.variadic);
  return absl::OkStatus();
}

absl::Status TypeChecker::CheckInfoSelector(const Call& call) {
  const Expr& arg = *call.args[1];
  if (arg.type() != ValueType::kVector) {
    return tokens_.Fail(
        call.range, fmt::format("expected type instant vector in call to function \"info\", got {}", DocumentedName(arg.type())));
  }
  const auto* selector = arg.AsIf<VectorSelector>();
  if (selector == nullptr) return tokens_.Fail(arg.position(), "expected label selectors only");
  if (!selector->name.empty()) return tokens_.Fail(arg.position(), "expected label selectors only, got vector selector instead");
  return absl::OkStatus();
}

absl::Status TypeChecker::CheckCall(Call& call) {
  VARVE_RETURN_IF_ERROR(CheckArgumentCount(call));
  const bool has_info_selector = call.function->name == "info" && call.args.size() > 1;
  if (has_info_selector) VARVE_RETURN_IF_ERROR(CheckInfoSelector(call));
  const std::span<const ValueType> types = call.function->arg_types;
  for (size_t i = 0; i < call.args.size(); ++i) {
    if (has_info_selector && i == 1) info_selector_ = call.args[i].get();
    const std::string context = fmt::format("call to function \"{}\"", call.function->name);
    VARVE_RETURN_IF_ERROR(Expect(*call.args[i], types[std::min(i, types.size() - 1)], context));
  }
  return absl::OkStatus();
}

absl::Status TypeChecker::CheckSelector(const VectorSelector& selector) {
  if (!selector.name.empty()) {
    const auto own = selector.matchers.end() - 1;
    const auto other =
        std::find_if(selector.matchers.begin(), own, [](const Matcher& matcher) { return matcher.name() == kMetricName; });
    if (other == own) return absl::OkStatus();
    return tokens_.Fail(selector.range, fmt::format("metric name must not be set twice: {} or {}", Quoted(selector.name),
                                                    Quoted(other->value())));
  }
  const auto is_selective = [](const Matcher& matcher) { return !matcher.MatchesEmpty(); };
  if (&selector == info_selector_ || std::ranges::any_of(selector.matchers, is_selective)) return absl::OkStatus();
  return tokens_.Fail(selector.range, "vector selector must contain at least one non-empty matcher");
}

}  // namespace

absl::Status CheckTypes(Expr& expr, TokenStream& tokens) { return TypeChecker(tokens).Check(expr).status(); }

}  // namespace varve::promql
