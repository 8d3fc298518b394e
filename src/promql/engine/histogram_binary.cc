#include "promql/engine/histogram_binary.h"

#include <utility>

#include "model/histogram_arithmetic.h"
#include "model/histogram_trim.h"
#include "promql/engine/annotation_texts.h"
#include "promql/engine/float_kernels.h"

namespace varve::promql {
namespace {

BinaryResult Floats(const BinaryCall& call, double lhs, double rhs) {
  const double value = BinaryOfFloats(call.op, lhs, rhs);
  if (!IsComparison(call.op)) return {.defined = true, .keep = true, .sample = {.value = value, .histogram = nullptr}};
  return {.defined = true, .keep = value != 0, .sample = {.value = lhs, .histogram = nullptr}};
}

BinaryResult Kept(FloatHistogram histogram) {
  return {.defined = true,
          .keep = true,
          .sample = {.value = 0, .histogram = std::make_shared<const FloatHistogram>(std::move(histogram))}};
}

BinaryResult Undefined(const BinaryCall& call, std::string_view lhs, std::string_view rhs, Annotations& annotations) {
  annotations.Add(IncompatibleTypes(lhs, ToString(call.op), rhs, call.position));
  return {};
}

BinaryResult HistogramAndFloat(const BinaryCall& call, const FloatHistogram& lhs, double rhs, Annotations& annotations) {
  FloatHistogram result = lhs;
  switch (call.op) {
    case BinaryOp::kMul: MultiplyHistogram(result, rhs); break;
    case BinaryOp::kDiv: DivideHistogram(result, rhs); break;
    case BinaryOp::kTrimUpper: KeepBelow(result, rhs); return Kept(std::move(result));
    case BinaryOp::kTrimLower: KeepAbove(result, rhs); return Kept(std::move(result));
    default: return Undefined(call, "histogram", "float", annotations);
  }
  CompactHistogram(result);
  return Kept(std::move(result));
}

// + and -. What went into the result is told by annotations.
BinaryResult SumOrDifference(const BinaryCall& call, const FloatHistogram& lhs, const FloatHistogram& rhs,
                             Annotations& annotations) {
  const bool add = call.op == BinaryOp::kAdd;
  FloatHistogram result = lhs;
  const absl::StatusOr<HistogramNotes> notes = add ? AddHistogram(result, rhs) : SubtractHistogram(result, rhs);
  if (!notes.ok()) {
    annotations.Add(IncompatibleBucketLayout(ToString(call.op), call.position));
    return {};
  }
  if (!add) result.reset_hint = CounterResetHint::kGauge;
  const HistogramOperation operation = add ? HistogramOperation::kAddition : HistogramOperation::kSubtraction;
  if (notes->reset_collision) {  // Prometheus does not answer such a pair
    annotations.Add(HistogramCounterResetCollision(operation, call.position));
    return {};
  }
  if (notes->bounds_reconciled) annotations.Add(MismatchedCustomBuckets(operation, call.position));
  CompactHistogram(result);
  return Kept(std::move(result));
}

BinaryResult Histograms(const BinaryCall& call, const HistogramPtr& lhs, const HistogramPtr& rhs, Annotations& annotations) {
  switch (call.op) {
    case BinaryOp::kAdd:
    case BinaryOp::kSub: return SumOrDifference(call, *lhs, *rhs, annotations);
    case BinaryOp::kEqual:
    case BinaryOp::kNotEqual:
      return {.defined = true,
              .keep = SameHistogram(*lhs, *rhs) == (call.op == BinaryOp::kEqual),
              .sample = {.value = 0, .histogram = lhs}};
    default: return Undefined(call, "histogram", "histogram", annotations);
  }
}

}  // namespace

BinaryResult BinaryOfSamples(const BinaryCall& call, const Sample& lhs, const Sample& rhs, Annotations& annotations) {
  if (lhs.histogram != nullptr && rhs.histogram != nullptr) return Histograms(call, lhs.histogram, rhs.histogram, annotations);
  if (lhs.histogram != nullptr) return HistogramAndFloat(call, *lhs.histogram, rhs.value, annotations);
  if (rhs.histogram != nullptr) {
    if (call.op != BinaryOp::kMul) return Undefined(call, "float", "histogram", annotations);
    return HistogramAndFloat(call, *rhs.histogram, lhs.value, annotations);
  }
  if (IsTrim(call.op)) return Undefined(call, "float", "float", annotations);
  return Floats(call, lhs.value, rhs.value);
}

}  // namespace varve::promql
