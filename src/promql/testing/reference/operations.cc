#include "promql/testing/reference/operations.h"

#include <cmath>

#include "model/histogram_arithmetic.h"
#include "model/histogram_trim.h"

namespace varve::promql::reference {
namespace {

Outcome Defined(FloatHistogram histogram) {
  CompactHistogram(histogram);
  return {.defined = true, .value = Histogram(std::move(histogram))};
}

Outcome OfHistograms(BinaryOp op, const Value& lhs, const Value& rhs) {
  if (op == BinaryOp::kEqual || op == BinaryOp::kNotEqual) {
    const bool holds = SameHistogram(*lhs.histogram, *rhs.histogram) == (op == BinaryOp::kEqual);
    return {.defined = true, .value = holds ? std::optional(lhs) : std::nullopt};
  }
  if (op != BinaryOp::kAdd && op != BinaryOp::kSub) return {};
  FloatHistogram result = *lhs.histogram;
  const absl::StatusOr<HistogramNotes> notes =
      op == BinaryOp::kAdd ? AddHistogram(result, *rhs.histogram) : SubtractHistogram(result, *rhs.histogram);
  if (!notes.ok() || notes->reset_collision) return {};
  if (op == BinaryOp::kSub) result.reset_hint = CounterResetHint::kGauge;
  return Defined(std::move(result));
}

Outcome OfHistogramAndNumber(BinaryOp op, const FloatHistogram& histogram, double number) {
  FloatHistogram result = histogram;
  switch (op) {
    case BinaryOp::kMul: MultiplyHistogram(result, number); return Defined(std::move(result));
    case BinaryOp::kDiv: DivideHistogram(result, number); return Defined(std::move(result));
    case BinaryOp::kTrimUpper: KeepBelow(result, number); return {.defined = true, .value = Histogram(std::move(result))};
    case BinaryOp::kTrimLower: KeepAbove(result, number); return {.defined = true, .value = Histogram(std::move(result))};
    default: return {};
  }
}

}  // namespace

double Calculate(BinaryOp op, double lhs, double rhs) {
  switch (op) {
    case BinaryOp::kAdd: return lhs + rhs;
    case BinaryOp::kSub: return lhs - rhs;
    case BinaryOp::kMul: return lhs * rhs;
    case BinaryOp::kDiv: return lhs / rhs;
    case BinaryOp::kMod: return std::fmod(lhs, rhs);
    case BinaryOp::kPow: return std::pow(lhs, rhs);
    case BinaryOp::kAtan2: return std::atan2(lhs, rhs);
    case BinaryOp::kEqual: return lhs == rhs ? 1 : 0;
    case BinaryOp::kNotEqual: return lhs != rhs ? 1 : 0;
    case BinaryOp::kGreater: return lhs > rhs ? 1 : 0;
    case BinaryOp::kGreaterOrEqual: return lhs >= rhs ? 1 : 0;
    case BinaryOp::kLess: return lhs < rhs ? 1 : 0;
    case BinaryOp::kLessOrEqual: return lhs <= rhs ? 1 : 0;
    default: return NAN;
  }
}

Outcome Calculate(BinaryOp op, const Value& lhs, const Value& rhs) {
  if (lhs.is_histogram() && rhs.is_histogram()) return OfHistograms(op, lhs, rhs);
  if (lhs.is_histogram()) return OfHistogramAndNumber(op, *lhs.histogram, rhs.number);
  if (rhs.is_histogram()) return op == BinaryOp::kMul ? OfHistogramAndNumber(op, *rhs.histogram, lhs.number) : Outcome();
  if (IsTrim(op)) return {};
  const double result = Calculate(op, lhs.number, rhs.number);
  if (!IsComparison(op)) return {.defined = true, .value = Number(result)};
  return {.defined = true, .value = result != 0 ? std::optional(lhs) : std::nullopt};
}

}  // namespace varve::promql::reference
