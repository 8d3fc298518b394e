#include "promql/testing/random/smaller_queries.h"

#include <algorithm>

#include "promql/printer.h"
#include "promql/testing/random/expr_slots.h"

namespace varve::promql {
namespace {

class Shrinker {
 public:
  Shrinker(const PromqlTestQuery& query, const Expr& expr, const ParserOptions& parser)
      : query_(query), expr_(expr), parser_(parser) {}

  std::vector<PromqlTestQuery> Run(const std::vector<Labels>& series) {
    FewerSteps();
    ForEachSlot([](ExprPtr& slot, const auto& emit) {
      std::vector<ExprPtr> children;
      for (const Expr* child : Children(*slot)) children.push_back(child->Clone());
      for (ExprPtr& child : children) {
        const ExprPtr original = std::exchange(slot, std::move(child));
        emit();
        slot = original->Clone();
      }
    });
    ForEachSlot([](ExprPtr& slot, const auto& emit) { DropModifiers(*slot, emit); });
    ForEachSlot([](ExprPtr& slot, const auto& emit) { DropGrouping(*slot, emit); });
    if (std::ranges::count(query_.text, '"') < 40) NarrowSelectors(series);
    return std::move(smaller_);
  }

 private:
  template <typename Edit>
  void ForEachSlot(const Edit& edit);
  template <typename Emit>
  static void DropModifiers(Expr& expr, const Emit& emit);
  template <typename Emit>
  static void DropGrouping(Expr& expr, const Emit& emit);
  void NarrowSelectors(const std::vector<Labels>& series);
  void FewerSteps();
  void Add(const Expr& expr);

  const PromqlTestQuery& query_;
  const Expr& expr_;
  const ParserOptions& parser_;
  std::vector<PromqlTestQuery> smaller_;
};

void Shrinker::Add(const Expr& expr) {
  PromqlTestQuery smaller = query_;
  smaller.text = ToString(expr);
  const absl::StatusOr<ExprPtr> parsed = ParseExpr(smaller.text, parser_);  // it may not be well-typed
  if (!parsed.ok() || SameExpr(**parsed, expr_)) return;
  const bool needs_instant = (*parsed)->type() == ValueType::kMatrix || (*parsed)->type() == ValueType::kString;
  if (query_.is_range && needs_instant) return;
  smaller_.push_back(std::move(smaller));
}

// Edits one node at a time, each on a fresh copy of the tree.
template <typename Edit>
void Shrinker::ForEachSlot(const Edit& edit) {
  ExprPtr copy = expr_.Clone();
  const size_t slots = ExprSlots(copy).size();
  for (size_t i = 0; i < slots; ++i) {
    ExprPtr root = expr_.Clone();
    edit(*ExprSlots(root)[i], [&] { Add(*root); });
  }
}

template <typename Emit>
void Shrinker::DropModifiers(Expr& expr, const Emit& emit) {
  const auto drop_shift = [&emit](TimeShift& shift) {
    TimeShift original = shift;
    shift.offset = {};
    shift.offset_expr.reset();
    emit();
    shift = std::move(original);
    shift.at.reset();
    shift.at_anchor = TimeShift::Anchor::kNone;
    emit();
  };
  if (auto* selector = expr.AsIf<VectorSelector>()) {
    drop_shift(selector->shift);
    selector->anchored = selector->smoothed = false;
    emit();
  } else if (auto* matrix = expr.AsIf<MatrixSelector>()) {
    drop_shift(matrix->selector->shift);
    matrix->selector->anchored = matrix->selector->smoothed = false;
    emit();
    matrix->length_expr.reset();
    matrix->length.ns = std::max<int64_t>(matrix->length.ns / 2 / 1'000'000'000, 1) * 1'000'000'000;
    emit();
  } else if (auto* subquery = expr.AsIf<SubqueryExpr>()) {
    drop_shift(subquery->shift);
  }
}

template <typename Emit>
void Shrinker::DropGrouping(Expr& expr, const Emit& emit) {
  if (auto* aggregate = expr.AsIf<AggregateExpr>()) {
    const std::vector<std::string> grouping = aggregate->grouping;
    for (size_t i = 0; i < grouping.size(); ++i) {
      aggregate->grouping = grouping;
      aggregate->grouping.erase(aggregate->grouping.begin() + static_cast<ptrdiff_t>(i));
      emit();
    }
    aggregate->grouping.clear();
    aggregate->without = false;
    emit();
  } else if (auto* binary = expr.AsIf<BinaryExpr>(); binary != nullptr && binary->matching.has_value()) {
    const VectorMatching original = *binary->matching;
    binary->matching->fill_lhs.reset();
    binary->matching->fill_rhs.reset();
    emit();
    binary->matching = original;
    binary->matching->include.clear();
    emit();
    for (size_t i = 0; i < original.labels.size(); ++i) {
      binary->matching->labels = original.labels;
      binary->matching->labels.erase(binary->matching->labels.begin() + static_cast<ptrdiff_t>(i));
      emit();
    }
  }
}

void Shrinker::NarrowSelectors(const std::vector<Labels>& series) {
  ForEachSlot([&series](ExprPtr& slot, const auto& emit) {
    VectorSelector* selector = slot->AsIf<VectorSelector>();
    if (auto* matrix = slot->AsIf<MatrixSelector>()) selector = matrix->selector.get();
    if (selector == nullptr) return;
    const Matchers original = selector->matchers;
    const auto matches = [&](const Labels& labels) { return MatchesAll(original, labels); };
    if (std::ranges::count_if(series, matches) < 2) return;
    for (const Labels& labels : series) {
      if (!matches(labels)) continue;
      selector->name.clear();
      selector->matchers.clear();
      for (const LabelView& label : labels) selector->matchers.push_back(Matcher::Equal(label.name, label.value));
      emit();
    }
    selector->matchers = original;
    for (const std::string_view instance : {"1", "2", "3"}) {  // two series cannot be one: leave out others
      selector->matchers = original;
      selector->matchers.push_back(Matcher::NotEqual("instance", instance));
      if (std::ranges::find(original, selector->matchers.back()) == original.end()) emit();
    }
  });
}

void Shrinker::FewerSteps() {
  if (!query_.is_range) return;
  const int64_t steps = (query_.end - query_.start) / query_.step_ms;
  if (steps == 0) {
    PromqlTestQuery instant = query_;
    instant.is_range = false;
    instant.end = instant.start;
    smaller_.push_back(instant);
    return;
  }
  PromqlTestQuery half = query_;
  half.end = query_.start + steps / 2 * query_.step_ms;
  smaller_.push_back(half);
  half.start = half.end + query_.step_ms;
  half.end = query_.start + steps * query_.step_ms;
  smaller_.push_back(half);
}

}  // namespace

std::vector<PromqlTestQuery> SmallerQueries(const PromqlTestQuery& query, const ParserOptions& parser,
                                            const std::vector<Labels>& series) {
  const absl::StatusOr<ExprPtr> expr = ParseExpr(query.text, parser);
  if (!expr.ok()) return {};
  return Shrinker(query, **expr, parser).Run(series);
}

PromqlTestQuery Shrink(PromqlTestQuery query, const ParserOptions& parser, const std::vector<Labels>& series,
                       const std::function<bool(const PromqlTestQuery&)>& still_shows) {
  constexpr int kTriesMax = 2000;
  for (int tries = 0; tries < kTriesMax;) {
    bool smaller_found = false;
    for (PromqlTestQuery& candidate : SmallerQueries(query, parser, series)) {
      ++tries;
      if (!still_shows(candidate)) continue;
      query = std::move(candidate);
      smaller_found = true;
      break;
    }
    if (!smaller_found) break;
  }
  return query;
}

}  // namespace varve::promql
