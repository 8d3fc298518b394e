#include "model/histogram_arithmetic.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/check.h"
#include "base/errors.h"
#include "model/custom_buckets.h"
#include "model/histogram_bounds.h"
#include "model/histogram_side.h"
#include "model/zero_bucket.h"

namespace varve {
namespace {

// Sets the hint of the result; true if the operands contradict each other.
bool ReconcileResetHints(FloatHistogram& result, CounterResetHint other) {
  using Hint = CounterResetHint;
  const Hint own = result.reset_hint;
  if (own == other || own == Hint::kGauge) return false;
  if (other == Hint::kGauge) {
    result.reset_hint = Hint::kGauge;
    return false;
  }
  result.reset_hint = Hint::kUnknown;
  return own != Hint::kUnknown && other != Hint::kUnknown;
}

void AddExponentialSide(const HistogramSide& side, const ConstHistogramSide& addend, const FloatHistogram& result, double sign) {
  AddSide(side, addend, BucketsWithin(addend, result.schema, result.zero_threshold), sign);
}

void ReduceBothSides(FloatHistogram& histogram, FloatHistogram* compensation, int32_t schema) {
  ReduceSide(PositiveSide(histogram, compensation), histogram.schema, schema);
  ReduceSide(NegativeSide(histogram, compensation), histogram.schema, schema);
  histogram.schema = schema;
}

// `other` loses to rounding what merging its buckets takes; upstream keeps that part if it sums with Kahan's algorithm.
struct Reduced {
  FloatHistogram histogram, compensation;
};

Reduced ReducedCopy(const FloatHistogram& other, int32_t schema, bool compensated) {
  Reduced reduced{other, {}};
  reduced.compensation.positive.resize(other.positive.size());
  reduced.compensation.negative.resize(other.negative.size());
  ReduceBothSides(reduced.histogram, compensated ? &reduced.compensation : nullptr, schema);
  reduced.compensation.positive_spans = reduced.histogram.positive_spans;
  reduced.compensation.negative_spans = reduced.histogram.negative_spans;
  return reduced;
}

void AddBuckets(FloatHistogram& result, FloatHistogram* compensation, const FloatHistogram& other, double sign) {
  AddExponentialSide(PositiveSide(result, compensation), PositiveSide(other), result, sign);
  AddExponentialSide(NegativeSide(result, compensation), NegativeSide(other), result, sign);
}

void AddExponential(FloatHistogram& result, FloatHistogram* compensation, const FloatHistogram& other, double sign) {
  if (other.schema < result.schema) ReduceBothSides(result, compensation, other.schema);
  if (other.schema == result.schema) return AddBuckets(result, compensation, other, sign);
  const Reduced reduced = ReducedCopy(other, result.schema, compensation != nullptr);
  AddBuckets(result, compensation, reduced.histogram, sign);
  if (compensation != nullptr) AddBuckets(result, compensation, reduced.compensation, sign);
}

void AddTotals(FloatHistogram& result, FloatHistogram* compensation, const FloatHistogram& other, double sign) {
  const auto add = [sign](double& total, double* lost, double value) {
    KahanSum sum{total, lost != nullptr ? *lost : 0};
    sum.Add(sign * value);
    total = sum.sum;
    if (lost != nullptr) *lost = sum.compensation;
  };
  add(result.count, compensation ? &compensation->count : nullptr, other.count);
  add(result.sum, compensation ? &compensation->sum : nullptr, other.sum);
  if (result.uses_custom_buckets()) return;
  const KahanSum zero = ReconcileZeroBuckets(result, compensation, other);
  add(result.zero_count, compensation ? &compensation->zero_count : nullptr, zero.sum);
  if (compensation != nullptr) add(result.zero_count, &compensation->zero_count, zero.compensation);
}

absl::StatusOr<HistogramNotes> Combine(FloatHistogram& result, FloatHistogram* compensation, const FloatHistogram& other,
                                       double sign) {
  if (result.uses_custom_buckets() != other.uses_custom_buckets()) {
    return InvalidArgument("cannot apply this operation on histograms with a mix of exponential and custom bucket schemas");
  }
  HistogramNotes notes;
  notes.reset_collision = ReconcileResetHints(result, other.reset_hint);
  AddTotals(result, compensation, other, sign);
  if (!result.uses_custom_buckets()) {
    AddExponential(result, compensation, other, sign);
  } else if (result.custom_values == other.custom_values) {
    AddSide(PositiveSide(result, compensation), PositiveSide(other), /*skip=*/0, sign);
  } else {
    notes.bounds_reconciled = true;
    AddAtSharedBounds(result, compensation, other, sign);
  }
  return notes;
}

// An empty histogram with the buckets of `sum`, to hold what rounding takes from it.
FloatHistogram NewCompensation(const FloatHistogram& sum) {
  FloatHistogram compensation = sum;
  compensation.count = compensation.sum = compensation.zero_count = 0;
  std::ranges::fill(compensation.positive, 0);
  std::ranges::fill(compensation.negative, 0);
  return compensation;
}

void CopyLayout(const FloatHistogram& from, FloatHistogram& to) {
  to.schema = from.schema;
  to.zero_threshold = from.zero_threshold;
  if (to.positive_spans != from.positive_spans) to.positive_spans = from.positive_spans;
  if (to.negative_spans != from.negative_spans) to.negative_spans = from.negative_spans;
  if (to.custom_values != from.custom_values) to.custom_values = from.custom_values;
}

bool SpansFit(const std::vector<HistogramSpan>& spans, size_t count) {
  uint64_t needed = 0;
  for (size_t i = 0; i < spans.size(); ++i) {
    if (i > 0 && spans[i].offset < 0) return false;
    needed += spans[i].length;
  }
  return needed == count;
}

bool SameBits(double a, double b) { return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b); }
bool SameBits(const std::vector<double>& a, const std::vector<double>& b) {
  return std::ranges::equal(a, b, [](double x, double y) { return SameBits(x, y); });
}

}  // namespace

absl::StatusOr<HistogramNotes> AddHistogram(FloatHistogram& sum, const FloatHistogram& addend) {
  return Combine(sum, nullptr, addend, 1);
}

absl::StatusOr<HistogramNotes> SubtractHistogram(FloatHistogram& difference, const FloatHistogram& subtrahend) {
  return Combine(difference, nullptr, subtrahend, -1);
}

absl::StatusOr<HistogramNotes> KahanAddHistogram(FloatHistogram& sum, std::optional<FloatHistogram>& compensation,
                                                 const FloatHistogram& addend) {
  if (!compensation) compensation = NewCompensation(sum);
  absl::StatusOr<HistogramNotes> notes = Combine(sum, &*compensation, addend, 1);
  if (notes.ok()) CopyLayout(sum, *compensation);
  return notes;
}

void MultiplyHistogram(FloatHistogram& histogram, double factor) {
  histogram.zero_count *= factor;
  histogram.count *= factor;
  histogram.sum *= factor;
  for (double& count : histogram.positive) count *= factor;
  for (double& count : histogram.negative) count *= factor;
  if (factor < 0) histogram.reset_hint = CounterResetHint::kGauge;
}

void DivideHistogram(FloatHistogram& histogram, double divisor) {
  histogram.zero_count /= divisor;
  histogram.count /= divisor;
  histogram.sum /= divisor;
  if (divisor == 0) {
    histogram.positive.clear();
    histogram.negative.clear();
    histogram.positive_spans.clear();
    histogram.negative_spans.clear();
    return;
  }
  for (double& count : histogram.positive) count /= divisor;
  for (double& count : histogram.negative) count /= divisor;
  if (divisor < 0) histogram.reset_hint = CounterResetHint::kGauge;
}

void CompactHistogram(FloatHistogram& histogram, int64_t empty_buckets_max) {
  CompactSide(PositiveSide(histogram), empty_buckets_max);
  CompactSide(NegativeSide(histogram), empty_buckets_max);
}

absl::Status ReduceResolution(FloatHistogram& histogram, int32_t schema) {
  if (histogram.uses_custom_buckets()) return InvalidArgument("cannot reduce resolution when there are custom buckets");
  if (schema == kCustomBucketsSchema) return InvalidArgument("cannot reduce resolution to custom buckets schema");
  if (schema >= histogram.schema || !IsKnownSchema(schema) || !IsKnownSchema(histogram.schema)) {
    return InvalidArgument("cannot reduce resolution from schema {} to {}", histogram.schema, schema);
  }
  if (!SpansFit(histogram.positive_spans, histogram.positive.size()) ||
      !SpansFit(histogram.negative_spans, histogram.negative.size())) {
    return InvalidArgument("reducing resolution: histogram spans specify different number of buckets than provided");
  }
  ReduceBothSides(histogram, nullptr, schema);
  return absl::OkStatus();
}

FloatHistogram CopyToSchema(const FloatHistogram& histogram, int32_t schema) {
  FloatHistogram copy = histogram;
  if (schema == histogram.schema) return copy;
  VARVE_CHECK(!histogram.uses_custom_buckets() && schema != kCustomBucketsSchema && schema < histogram.schema);
  ReduceBothSides(copy, nullptr, schema);
  copy.reset_hint = CounterResetHint::kUnknown;
  return copy;
}

bool HasOverflow(const FloatHistogram& histogram) {
  const auto any_infinite = [](const std::vector<double>& values) {
    return std::ranges::any_of(values, [](double value) { return std::isinf(value); });
  };
  return std::isinf(histogram.zero_count) || std::isinf(histogram.count) || std::isinf(histogram.sum) ||
         any_infinite(histogram.positive) || any_infinite(histogram.negative) || any_infinite(histogram.custom_values);
}

bool SameHistogram(const FloatHistogram& a, const FloatHistogram& b) {
  if (a.schema != b.schema || !SameBits(a.count, b.count) || !SameBits(a.sum, b.sum)) return false;
  if (a.uses_custom_buckets() && a.custom_values != b.custom_values) return false;
  return a.zero_threshold == b.zero_threshold && SameBits(a.zero_count, b.zero_count) &&
         SameLayout(a.negative_spans, b.negative_spans) && SameBits(a.negative, b.negative) &&
         SameLayout(a.positive_spans, b.positive_spans) && SameBits(a.positive, b.positive);
}

}  // namespace varve
