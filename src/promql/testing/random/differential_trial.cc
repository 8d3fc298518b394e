#include "promql/testing/random/differential_trial.h"

#include "base/errors.h"
#include "base/status_macros.h"
#include "promql/parser.h"
#include "promql/testing/random/rounding.h"

namespace varve::promql {
namespace {

bool KeepsAnOrder(const Expr& expr) {
  if (const auto* call = StripParens(expr).AsIf<Call>()) return call->name().starts_with("sort");
  const auto* aggregate = StripParens(expr).AsIf<AggregateExpr>();
  // The groups come in the order of their first series, which is nobody's promise.
  return aggregate != nullptr && (aggregate->op == AggregateOp::kTopk || aggregate->op == AggregateOp::kBottomk) &&
         aggregate->grouping.empty() && !aggregate->without;
}

// Of equal annotations of several parts one is kept, of whichever.
bool HasOnePart(const Expr& expr) {
  size_t parts = 0;
  Walk(expr, [&parts](const Expr& node) {
    parts += node.kind() == ExprKind::kCall || node.kind() == ExprKind::kAggregate || node.kind() == ExprKind::kBinary ? 1 : 0;
  });
  return parts <= 1;
}

}  // namespace

template <typename Query>
QueryAnswer DifferentialTrial::Ask(SeriesSource& source, const Query& text_or_tree, const PromqlTestQuery& query) const {
  return ToAnswer(query.is_range ? engine_.Range(Context(), source, text_or_tree, {query.start, query.end, query.step_ms})
                                 : engine_.Instant(Context(), source, text_or_tree, query.start));
}

bool DifferentialTrial::IsRounding(const Expr& expr, const PromqlTestQuery& query, const TrialResult& result,
                                   const CompareOptions& options, double error) const {
  if (!MayRound(expr)) return false;
  if (error <= kRoundingErrorMax) return true;
  // Different noise tips different scales.
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    const std::unique_ptr<SeriesSource> noisy = NewNoisySource(source_, seed);
    const ExprPtr noisy_expr = WithNoise(expr, seed, parser());
    const std::optional<AnswerDifference> moved = FindDifference(result.ours, Ask(*noisy, *noisy_expr, query), options);
    if (moved.has_value() && error <= 10 * moved->size) return true;
  }
  return false;
}

absl::StatusOr<TrialResult> DifferentialTrial::Run(const PromqlTestQuery& query) const {
  TrialResult result;
  VARVE_ASSIGN_OR_RETURN(result.theirs, oracle_(query));
  result.ours = Ask(source_, std::string_view(query.text), query);
  const absl::StatusOr<ExprPtr> expr = ParseExpr(query.text, parser());
  CompareOptions options = {.ordered = !query.is_range && expr.ok() && KeepsAnOrder(**expr),
                            .messages = texts_,
                            .annotations = texts_,
                            .positions = expr.ok() && HasOnePart(**expr)};
  const std::optional<AnswerDifference> found = FindDifference(result.ours, result.theirs, options);
  if (!found.has_value()) return result;
  result.difference = found->what;
  options.annotations = false;
  if (Message(result.theirs.status).find("runtime error") != std::string_view::npos) {
    result.verdict = Verdict::kOracleFailed;
  } else if (!expr.ok() || !IsRounding(**expr, query, result, options, found->size)) {
    result.verdict = Verdict::kDifferent;
  } else if (found->size > kRoundingErrorMax) {
    result.verdict = Verdict::kRounding;
  }
  return result;
}

}  // namespace varve::promql
