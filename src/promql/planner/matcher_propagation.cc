#include "promql/planner/matcher_propagation.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "model/names.h"
#include "promql/function_signatures.h"

namespace varve::promql {
namespace {

using Cardinality = VectorMatching::Cardinality;

// Functions of one series that keep its labels but for the name, and never have anything to say about it.
constexpr std::array<std::string_view, 27> kPlainFunctions = {
    "abs", "acos",  "acosh", "asin",  "asinh", "atan", "atanh", "ceil", "clamp", "clamp_max", "clamp_min", "cos", "cosh", "deg",
    "exp", "floor", "ln",    "log10", "log2",  "rad",  "round", "sgn",  "sin",   "sinh",      "sqrt",      "tan", "tanh"};

bool Contains(const auto& list, std::string_view name) { return std::ranges::find(list, name) != std::ranges::end(list); }

bool IsPlain(const Call& call) { return Contains(kPlainFunctions, call.name()); }

const VectorSelector* SelectorOfRange(const Expr& expr) {
  const auto* matrix = StripParens(expr).AsIf<MatrixSelector>();
  return matrix == nullptr ? nullptr : matrix->selector.get();
}

// True if `aggregate` yields series that have the label as their inputs had it.
bool KeepsLabel(const AggregateExpr& aggregate, std::string_view label) {
  switch (aggregate.op) {
    case AggregateOp::kTopk:
    case AggregateOp::kBottomk:
    case AggregateOp::kLimitk:
    case AggregateOp::kLimitRatio: return true;
    case AggregateOp::kCountValues: return false;
    default: return Contains(aggregate.grouping, label) != aggregate.without;
  }
}

bool MatchesBy(const VectorMatching& matching, std::string_view label) { return Contains(matching.labels, label) == matching.on; }

// Appends matchers that every series of `expr` satisfies.
void CollectGuaranteed(const Expr& expr, Matchers& out);

void CollectGuaranteed(const Call& call, Matchers& out) {
  for (const ExprPtr& arg : call.args) {
    if (const VectorSelector* selector = SelectorOfRange(*arg); selector != nullptr && call.name() != "absent_over_time") {
      out.insert(out.end(), selector->matchers.begin(), selector->matchers.end());
    }
    if (IsPlain(call) && arg->type() == ValueType::kVector) CollectGuaranteed(*arg, out);
  }
}

void CollectGuaranteed(const BinaryExpr& binary, Matchers& out) {
  if (!binary.matching.has_value()) {
    return CollectGuaranteed(binary.lhs->type() == ValueType::kVector ? *binary.lhs : *binary.rhs, out);
  }
  if (binary.op == BinaryOp::kAnd || binary.op == BinaryOp::kUnless) CollectGuaranteed(*binary.lhs, out);
}

void CollectGuaranteed(const Expr& expr, Matchers& out) {
  switch (expr.kind()) {
    case ExprKind::kVectorSelector: {
      const Matchers& matchers = expr.As<VectorSelector>().matchers;
      out.insert(out.end(), matchers.begin(), matchers.end());
      return;
    }
    case ExprKind::kParen: return CollectGuaranteed(*expr.As<ParenExpr>().expr, out);
    case ExprKind::kUnary: return CollectGuaranteed(*expr.As<UnaryExpr>().expr, out);
    case ExprKind::kCall: return CollectGuaranteed(expr.As<Call>(), out);
    case ExprKind::kBinary: return CollectGuaranteed(expr.As<BinaryExpr>(), out);
    case ExprKind::kAggregate: {
      const auto& aggregate = expr.As<AggregateExpr>();
      Matchers inner;
      CollectGuaranteed(*aggregate.expr, inner);
      std::ranges::copy_if(inner, std::back_inserter(out),
                           [&](const Matcher& matcher) { return KeepsLabel(aggregate, matcher.name()); });
      return;
    }
    default: return;
  }
}

bool HasOneName(const VectorSelector& selector) {
  return std::ranges::any_of(selector.matchers, [](const Matcher& matcher) {
    return matcher.name() == kMetricName && matcher.type() == Matcher::Type::kEqual && !matcher.value().empty();
  });
}

// The selector below `expr` that a matcher on `label` may be added to, with nothing lost but the series of `expr` that do not
// satisfy it; null if there is none.
VectorSelector* TargetIn(Expr& expr, std::string_view label) {
  switch (expr.kind()) {
    case ExprKind::kVectorSelector: {
      auto& selector = expr.As<VectorSelector>();
      return selector.smoothed || selector.anchored ? nullptr : &selector;
    }
    case ExprKind::kParen: return TargetIn(*expr.As<ParenExpr>().expr, label);
    case ExprKind::kUnary:
    case ExprKind::kCall: {
      // Series that only their names tell apart become the same, which is an error.
      Expr* input = expr.kind() == ExprKind::kUnary ? expr.As<UnaryExpr>().expr.get() : nullptr;
      if (input == nullptr && IsPlain(expr.As<Call>())) input = expr.As<Call>().args[0].get();
      VectorSelector* selector = input == nullptr ? nullptr : TargetIn(*input, label);
      return selector != nullptr && HasOneName(*selector) ? selector : nullptr;
    }
    case ExprKind::kAggregate: {
      auto& aggregate = expr.As<AggregateExpr>();
      const bool silent = aggregate.op == AggregateOp::kCount || aggregate.op == AggregateOp::kGroup;
      return silent && KeepsLabel(aggregate, label) ? TargetIn(*aggregate.expr, label) : nullptr;
    }
    default: return nullptr;
  }
}

// True if no two series of `expr` are alike in all labels of `matching`.
bool IsUnique(const Expr& expr, const VectorMatching& matching) {
  const Expr& inner = StripParens(expr);
  if (const auto* aggregate = inner.AsIf<AggregateExpr>(); aggregate != nullptr) {
    if (aggregate->without || HasParameter(aggregate->op)) return false;
    return std::ranges::all_of(aggregate->grouping, [&](const std::string& label) { return MatchesBy(matching, label); });
  }
  if (matching.on || !matching.labels.empty()) return false;
  if (const auto* selector = inner.AsIf<VectorSelector>(); selector != nullptr) return HasOneName(*selector);
  if (const auto* unary = inner.AsIf<UnaryExpr>(); unary != nullptr) return IsUnique(*unary->expr, matching);
  const auto* call = inner.AsIf<Call>();
  if (call == nullptr || call->args.empty()) return false;
  if (IsPlain(*call)) return IsUnique(*call->args[0], matching);
  const VectorSelector* range = SelectorOfRange(*call->args.back());
  return range != nullptr && call->name() != "absent_over_time" && HasOneName(*range);
}

class Propagation {
 public:
  explicit Propagation(std::span<const std::string> hidden_labels) : hidden_labels_(hidden_labels) {}

  int Run(Expr& expr) {
    for (Expr* child : MutableChildren(expr)) Run(*child);
    if (auto* binary = expr.AsIf<BinaryExpr>(); binary != nullptr && binary->matching.has_value()) Between(*binary);
    return added_;
  }

 private:
  void Between(BinaryExpr& binary) {
    const VectorMatching& matching = *binary.matching;
    if (matching.fill_lhs.has_value() || matching.fill_rhs.has_value() || binary.op == BinaryOp::kOr) return;
    if (!IsSetOperation(binary.op)) {
      const bool one_is_left = matching.cardinality == Cardinality::kOneToMany;
      if (!IsUnique(one_is_left ? *binary.lhs : *binary.rhs, matching)) return;
    }
    Matchers left, right;
    CollectGuaranteed(*binary.lhs, left);
    CollectGuaranteed(*binary.rhs, right);
    Add(left, matching, *binary.rhs);
    if (binary.op != BinaryOp::kUnless) Add(right, matching, *binary.lhs);
  }

  void Add(const Matchers& matchers, const VectorMatching& matching, Expr& side) {
    for (const Matcher& matcher : matchers) {
      const std::string_view label = matcher.name();
      // Names of metrics do not meet, and what comes with them does not always.
      if (label.starts_with("__") || Contains(hidden_labels_, label) || !MatchesBy(matching, label)) continue;
      VectorSelector* target = TargetIn(side, label);
      if (target == nullptr || Contains(target->matchers, matcher)) continue;
      target->matchers.insert(target->matchers.begin(), matcher);
      ++added_;
    }
  }

  static bool Contains(const Matchers& matchers, const Matcher& matcher) {
    return std::ranges::find(matchers, matcher) != matchers.end();
  }
  static bool Contains(const auto& list, std::string_view name) { return promql::Contains(list, name); }

  const std::span<const std::string> hidden_labels_;
  int added_ = 0;
};

}  // namespace

int PropagateMatchers(Expr& expr, std::span<const std::string> hidden_labels) { return Propagation(hidden_labels).Run(expr); }

}  // namespace varve::promql
