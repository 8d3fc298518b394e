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

// False if the oracle answers so differently each time: Prometheus adds series up in no order, and buckets that do not fit each
// other, or numbers that do not, give other sums then.
absl::StatusOr<bool> DifferentialTrial::AnswersAlways(const PromqlTestQuery& query, const QueryAnswer& answer,
                                                      const CompareOptions& options, double error) const {
  constexpr int kTimes = 8;
  for (int i = 0; i < kTimes; ++i) {
    VARVE_ASSIGN_OR_RETURN(const QueryAnswer again, oracle_(query));
    const std::optional<AnswerDifference> other = FindDifference(answer, again, options);
    if (other.has_value() && other->size >= error) return false;
  }
  return true;
}

bool DifferentialTrial::GaveUp(const TrialResult& result, const PromqlTestQuery& query) const {
  const absl::Status &ours = result.ours.status, &theirs = result.theirs.status;
  if (kind_ == OracleKind::kStepByStep) {
    const bool never_meet = query.is_range && theirs.ok() && Message(ours).find("same labelset") != std::string_view::npos;
    return never_meet || absl::IsUnimplemented(theirs);
  }
  return Message(theirs).find("runtime error") != std::string_view::npos;
}

absl::StatusOr<TrialResult> DifferentialTrial::Run(const PromqlTestQuery& query) const {
  TrialResult result;
  VARVE_ASSIGN_OR_RETURN(result.theirs, oracle_(query));
  result.ours = Ask(source_, std::string_view(query.text), query);
  const absl::StatusOr<ExprPtr> expr = ParseExpr(query.text, parser());
  const CompareOptions options = {.ordered = !query.is_range && expr.ok() && KeepsAnOrder(**expr),
                                  .messages = kind_ == OracleKind::kSameVersion,
                                  .annotations = kind_ == OracleKind::kSameVersion,
                                  .positions = expr.ok() && HasOnePart(**expr)};
  const std::optional<AnswerDifference> found = FindDifference(result.ours, result.theirs, options);
  if (!found.has_value()) return result;
  result.difference = found->what;
  CompareOptions of_values = options;
  of_values.annotations = false;
  if (expr.ok() && IsRounding(**expr, query, result, of_values, found->size)) {
    result.verdict = found->size > kRoundingErrorMax ? Verdict::kRounding : Verdict::kSame;
    return result;
  }
  VARVE_ASSIGN_OR_RETURN(const bool sure, AnswersAlways(query, result.theirs, options, found->size));
  result.verdict = !sure || GaveUp(result, query) ? Verdict::kOracleFailed : Verdict::kDifferent;
  return result;
}

}  // namespace varve::promql
