#include "promql/ast.h"

#include <array>
#include <utility>

#include "promql/function_signatures.h"

namespace varve::promql {
namespace {

ExprPtr CloneOf(const ExprPtr& expr) { return expr == nullptr ? nullptr : expr->Clone(); }

std::unique_ptr<DurationExpr> CloneOf(const std::unique_ptr<DurationExpr>& expr) {
  return expr == nullptr ? nullptr : expr->CloneSelf();
}

template <typename Enum, size_t kSize>
std::string_view NameOf(const std::array<std::string_view, kSize>& names, Enum value) {
  return names[static_cast<size_t>(value)];
}

}  // namespace

std::string_view ToString(ValueType type) {
  static constexpr std::array<std::string_view, 4> kNames = {"scalar", "vector", "matrix", "string"};
  return NameOf(kNames, type);
}

std::string_view DocumentedName(ValueType type) {
  static constexpr std::array<std::string_view, 4> kNames = {"scalar", "instant vector", "range vector", "string"};
  return NameOf(kNames, type);
}

std::string_view ToString(AggregateOp op) {
  static constexpr std::array<std::string_view, 14> kNames = {"avg", "bottomk", "count",    "count_values", "group",
                                                              "max", "min",     "quantile", "stddev",       "stdvar",
                                                              "sum", "topk",    "limitk",   "limit_ratio"};
  return NameOf(kNames, op);
}

bool HasParameter(AggregateOp op) {
  switch (op) {
    case AggregateOp::kTopk:
    case AggregateOp::kBottomk:
    case AggregateOp::kCountValues:
    case AggregateOp::kQuantile:
    case AggregateOp::kLimitk:
    case AggregateOp::kLimitRatio: return true;
    default: return false;
  }
}

std::string_view ToString(BinaryOp op) {
  static constexpr std::array<std::string_view, 18> kNames = {
      "+", "-", "*", "/", "%", "^", "atan2", "==", "!=", ">", ">=", "<", "<=", "</", ">/", "and", "or", "unless"};
  return NameOf(kNames, op);
}

bool IsComparison(BinaryOp op) { return op >= BinaryOp::kEqual && op <= BinaryOp::kLessOrEqual; }

bool IsTrim(BinaryOp op) { return op == BinaryOp::kTrimUpper || op == BinaryOp::kTrimLower; }

bool IsSetOperation(BinaryOp op) { return op >= BinaryOp::kAnd; }

std::string_view ToString(UnaryOp op) { return op == UnaryOp::kPlus ? "+" : "-"; }

std::string_view ToString(DurationOp op) {
  static constexpr std::array<std::string_view, 10> kNames = {"+", "-", "*", "/", "%", "^", "step", "range", "min_of", "max_of"};
  return NameOf(kNames, op);
}

std::string_view ToString(VectorMatching::Cardinality cardinality) {
  static constexpr std::array<std::string_view, 4> kNames = {"one-to-one", "many-to-one", "one-to-many", "many-to-many"};
  return NameOf(kNames, cardinality);
}

TimeShift::TimeShift(const TimeShift& other)
    : offset(other.offset), offset_expr(CloneOf(other.offset_expr)), at(other.at), at_anchor(other.at_anchor) {}

PositionRange DurationExpr::position() const {
  if (lhs != nullptr && rhs != nullptr) return {lhs->position().start, rhs->position().end};
  if (rhs != nullptr) return {start, rhs->position().end};
  return {start, end};
}

ValueType Call::type() const { return function->return_type; }

std::string_view Call::name() const { return function->name; }

ValueType BinaryExpr::type() const {
  const bool scalars = lhs->type() == ValueType::kScalar && rhs->type() == ValueType::kScalar;
  return scalars ? ValueType::kScalar : ValueType::kVector;
}

// Each Clone copies the plain fields by hand, since a struct that owns its children has no copy constructor of its own.

ExprPtr NumberLiteral::Clone() const {
  auto copy = std::make_unique<NumberLiteral>();
  copy->value = value;
  copy->is_duration = is_duration;
  copy->range = range;
  return copy;
}

ExprPtr StringLiteral::Clone() const {
  auto copy = std::make_unique<StringLiteral>();
  copy->value = value;
  copy->range = range;
  return copy;
}

std::unique_ptr<DurationExpr> DurationExpr::CloneSelf() const {
  auto copy = std::make_unique<DurationExpr>();
  copy->op = op;
  copy->lhs = CloneOf(lhs);
  copy->rhs = CloneOf(rhs);
  copy->wrapped = wrapped;
  copy->start = start;
  copy->end = end;
  return copy;
}

ExprPtr DurationExpr::Clone() const { return CloneSelf(); }

std::unique_ptr<VectorSelector> VectorSelector::CloneSelf() const {
  auto copy = std::make_unique<VectorSelector>();
  copy->name = name;
  copy->matchers = matchers;
  copy->shift = TimeShift(shift);
  copy->anchored = anchored;
  copy->smoothed = smoothed;
  copy->range = range;
  return copy;
}

ExprPtr VectorSelector::Clone() const { return CloneSelf(); }

ExprPtr MatrixSelector::Clone() const {
  auto copy = std::make_unique<MatrixSelector>();
  copy->selector = selector->CloneSelf();
  copy->length = length;
  copy->length_expr = CloneOf(length_expr);
  copy->end = end;
  return copy;
}

ExprPtr SubqueryExpr::Clone() const {
  auto copy = std::make_unique<SubqueryExpr>();
  copy->expr = CloneOf(expr);
  copy->length = length;
  copy->length_expr = CloneOf(length_expr);
  copy->step = step;
  copy->step_expr = CloneOf(step_expr);
  copy->shift = TimeShift(shift);
  copy->end = end;
  return copy;
}

ExprPtr Call::Clone() const {
  auto copy = std::make_unique<Call>();
  copy->function = function;
  for (const ExprPtr& arg : args) copy->args.push_back(CloneOf(arg));
  copy->range = range;
  return copy;
}

ExprPtr AggregateExpr::Clone() const {
  auto copy = std::make_unique<AggregateExpr>();
  copy->op = op;
  copy->expr = CloneOf(expr);
  copy->param = CloneOf(param);
  copy->grouping = grouping;
  copy->without = without;
  copy->range = range;
  return copy;
}

ExprPtr BinaryExpr::Clone() const {
  auto copy = std::make_unique<BinaryExpr>();
  copy->op = op;
  copy->lhs = CloneOf(lhs);
  copy->rhs = CloneOf(rhs);
  copy->matching = matching;
  copy->return_bool = return_bool;
  return copy;
}

ExprPtr UnaryExpr::Clone() const {
  auto copy = std::make_unique<UnaryExpr>();
  copy->op = op;
  copy->expr = CloneOf(expr);
  copy->start = start;
  return copy;
}

ExprPtr ParenExpr::Clone() const {
  auto copy = std::make_unique<ParenExpr>();
  copy->expr = CloneOf(expr);
  copy->range = range;
  return copy;
}

std::vector<Expr*> MutableChildren(Expr& expr) {
  std::vector<Expr*> children;
  switch (expr.kind()) {
    case ExprKind::kNumber:
    case ExprKind::kString:
    case ExprKind::kVectorSelector:
    case ExprKind::kDuration: break;
    case ExprKind::kMatrixSelector: children = {expr.As<MatrixSelector>().selector.get()}; break;
    case ExprKind::kSubquery: children = {expr.As<SubqueryExpr>().expr.get()}; break;
    case ExprKind::kUnary: children = {expr.As<UnaryExpr>().expr.get()}; break;
    case ExprKind::kParen: children = {expr.As<ParenExpr>().expr.get()}; break;
    case ExprKind::kBinary: children = {expr.As<BinaryExpr>().lhs.get(), expr.As<BinaryExpr>().rhs.get()}; break;
    case ExprKind::kAggregate: {
      auto& aggregate = expr.As<AggregateExpr>();
      children = {aggregate.expr.get()};
      if (aggregate.param != nullptr) children.push_back(aggregate.param.get());
      break;
    }
    case ExprKind::kCall: {
      for (const ExprPtr& arg : expr.As<Call>().args) children.push_back(arg.get());
      break;
    }
  }
  return children;
}

std::vector<const Expr*> Children(const Expr& expr) {
  const std::vector<Expr*> children = MutableChildren(const_cast<Expr&>(expr));  // which only reads
  return {children.begin(), children.end()};
}

std::vector<Matchers> ExtractSelectors(const Expr& expr) {
  std::vector<Matchers> selectors;
  Walk(expr, [&selectors](const Expr& node) {
    if (const auto* selector = node.AsIf<VectorSelector>()) selectors.push_back(selector->matchers);
  });
  return selectors;
}

const Expr& StripParens(const Expr& expr) {
  const Expr* inner = &expr;
  while (const auto* paren = inner->AsIf<ParenExpr>()) inner = paren->expr.get();
  return *inner;
}

}  // namespace varve::promql
