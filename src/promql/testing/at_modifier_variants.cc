#include "promql/testing/at_modifier_variants.h"

#include <algorithm>
#include <array>

#include "promql/function_signatures.h"
#include "promql/printer.h"
#include "promql/testing/every_feature.h"
#include "promql/testing/script.h"

namespace varve::promql {
namespace {

// Functions whose answer changes with the time of the query even if their arguments do not.
constexpr std::array<std::string_view, 15> kTimeFunctions = {
    "day_of_month",   "day_of_week", "day_of_year", "days_in_month", "end",  "hour",      "minute", "month",
    "predict_linear", "range",       "start",       "step",          "time", "timestamp", "year"};
static_assert(std::ranges::is_sorted(kTimeFunctions));

bool LooksAtTime(const Expr& expr) {
  bool found = false;
  Walk(expr, [&found](const Expr& node) {
    const auto* call = node.AsIf<Call>();
    found = found || (call != nullptr && std::ranges::binary_search(kTimeFunctions, call->name()));
  });
  return found;
}

void Pin(TimeShift& shift, TimestampMs time) {
  if (!shift.at.has_value()) shift.at = time;
}

// A pinned subquery pins what is inside it.
void PinAll(Expr& expr, TimestampMs time) {
  if (auto* selector = expr.AsIf<VectorSelector>()) return Pin(selector->shift, time);
  if (auto* subquery = expr.AsIf<SubqueryExpr>()) return Pin(subquery->shift, time);
  for (Expr* child : MutableChildren(expr)) PinAll(*child, time);
}

}  // namespace

std::vector<PinnedQuery> PinnedVariants(std::string_view query, TimestampMs time) {
  const absl::StatusOr<ExprPtr> expr = ParseExpr(query, kEveryFeature);
  if (!expr.ok() || LooksAtTime(**expr)) return {};
  PinAll(**expr, time);
  const std::vector<TimestampMs> times =
      time == 0 ? std::vector<TimestampMs>{-1000, 0, 1000} : std::vector<TimestampMs>{-10 * time, 0, time / 5, time, 10 * time};
  std::vector<PinnedQuery> variants;
  for (const TimestampMs at : times) variants.push_back({ToString(**expr), at});
  return variants;
}

}  // namespace varve::promql
