#include "promql/planner/repeated_expressions.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
#include <vector>

namespace varve::promql {
namespace {

struct Part {
  const Expr* expr;
  size_t size;  // with the parts within
};

bool CanBeShared(const Expr& expr) {
  switch (expr.kind()) {
    case ExprKind::kVectorSelector:
    case ExprKind::kCall:
    case ExprKind::kAggregate:
    case ExprKind::kBinary:
    case ExprKind::kUnary: return true;
    default: return false;
  }
}

// Appends the parts of `expr` that can be shared, parents first; true if it reads samples.
bool CollectParts(const Expr& expr, std::vector<Part>& parts) {
  if (parts.size() > RepeatedExpressions::kPartsMax) return true;
  if (expr.kind() == ExprKind::kMatrixSelector) return true;
  bool reads = expr.kind() == ExprKind::kVectorSelector;
  const size_t at = parts.size();
  if (CanBeShared(expr)) parts.push_back({&expr, 1});
  // The second argument of info() is no expression of its own.
  const auto* call = expr.AsIf<Call>();
  const std::vector<const Expr*> children = Children(expr);
  const size_t count = call != nullptr && call->name() == "info" ? 1 : children.size();
  for (size_t i = 0; i < count; ++i) reads |= CollectParts(*children[i], parts);
  if (!CanBeShared(expr)) return reads;
  if (reads) {
    parts[at].size = parts.size() - at;
  } else {
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return reads;
}

// How far right of `a` the positions in `b` are, if that is the same everywhere.
std::optional<int> ShiftOf(const Expr& a, const Expr& b) {
  const PositionRange from = a.position(), to = b.position();
  const int shift = to.start - from.start;
  if (to.end - from.end != shift) return std::nullopt;
  const std::vector<const Expr*> ours = Children(a), theirs = Children(b);
  for (size_t i = 0; i < ours.size(); ++i) {
    if (ShiftOf(*ours[i], *theirs[i]) != shift) return std::nullopt;
  }
  return shift;
}

}  // namespace

RepeatedExpressions::RepeatedExpressions(const Expr& root) {
  std::vector<Part> parts;
  CollectParts(root, parts);
  if (parts.size() > kPartsMax) return;
  // Large parts first, so that what is within a repeated one is known when its turn comes.
  std::vector<size_t> order(parts.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::ranges::greater(), [&parts](size_t part) { return parts[part].size; });
  std::vector<bool> settled(parts.size());
  size_t groups = 0;
  for (const size_t first : order) {
    if (settled[first]) continue;
    const Expr& expr = *parts[first].expr;
    const auto settle = [&](size_t part, int shift) {
      places_[parts[part].expr] = {groups, shift};
      for (size_t i = part; i < part + parts[part].size; ++i) settled[i] = true;
    };
    bool repeated = false;
    for (size_t other = first + parts[first].size; other < parts.size(); ++other) {
      if (settled[other] || parts[other].size != parts[first].size || !SameExpr(expr, *parts[other].expr)) continue;
      const std::optional<int> shift = ShiftOf(expr, *parts[other].expr);
      if (!shift.has_value()) continue;
      settle(other, *shift);
      repeated = true;
    }
    if (!repeated) continue;
    settle(first, 0);
    ++groups;
  }
}

const RepeatedExpressions::Place* RepeatedExpressions::Find(const Expr& expr) const {
  const auto found = places_.find(&expr);
  return found == places_.end() ? nullptr : &found->second;
}

}  // namespace varve::promql
