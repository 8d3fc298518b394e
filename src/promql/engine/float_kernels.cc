#include "promql/engine/float_kernels.h"

#include <cfloat>
#include <cmath>
#include <functional>

#include "base/check.h"
#include "base/cpu_clones.h"

namespace varve::promql {
namespace {

// Knuth's two-sum: the rounding error of sum + value without a branch. It is exact, as is that of Neumaier's comparison.
inline void AddOne(double value, double& sum, double& compensation) {
  const double total = sum + value;
  const double rounded = total - sum;
  const double error = (sum - (total - rounded)) + (value - rounded);
  compensation = std::abs(total) > DBL_MAX ? 0 : compensation + error;
  sum = total;
}

VARVE_CLONES void AddDense(const double* __restrict values, double* __restrict sums, double* __restrict compensations,
                           size_t count) {
  for (size_t i = 0; i < count; ++i) AddOne(values[i], sums[i], compensations[i]);
}

template <typename Op>
void ForEachPair(std::span<const double> lhs, std::span<const double> rhs, std::span<double> out, const Op& op) {
  const double* __restrict l = lhs.data();
  const double* __restrict r = rhs.data();
  double* __restrict o = out.data();
  for (size_t i = 0; i < out.size(); ++i) o[i] = op(l[i], r[i]);
}

template <typename Op>
void ComparePairs(std::span<const double> lhs, std::span<const double> rhs, StepMask& kept, const Op& op) {
  const std::span<uint64_t> words = kept.words();
  for (size_t word = 0; word < words.size(); ++word) {
    const size_t base = word * 64, end = std::min<size_t>(64, lhs.size() - base);
    uint64_t bits = 0;
    for (size_t i = 0; i < end; ++i) bits |= uint64_t{op(lhs[base + i], rhs[base + i])} << i;
    words[word] = bits;
  }
}

}  // namespace

void Arithmetic(BinaryOp op, std::span<const double> lhs, std::span<const double> rhs, std::span<double> out) {
  switch (op) {
    case BinaryOp::kAdd: return ForEachPair(lhs, rhs, out, std::plus<>());
    case BinaryOp::kSub: return ForEachPair(lhs, rhs, out, std::minus<>());
    case BinaryOp::kMul: return ForEachPair(lhs, rhs, out, std::multiplies<>());
    case BinaryOp::kDiv: return ForEachPair(lhs, rhs, out, std::divides<>());
    case BinaryOp::kMod: return ForEachPair(lhs, rhs, out, [](double l, double r) { return std::fmod(l, r); });
    case BinaryOp::kPow: return ForEachPair(lhs, rhs, out, [](double l, double r) { return std::pow(l, r); });
    case BinaryOp::kAtan2: return ForEachPair(lhs, rhs, out, [](double l, double r) { return std::atan2(l, r); });
    default: VARVE_CHECK(false && "not an arithmetic operator");
  }
}

void Compare(BinaryOp op, std::span<const double> lhs, std::span<const double> rhs, StepMask& kept) {
  kept.Reset(lhs.size());
  switch (op) {
    case BinaryOp::kEqual: return ComparePairs(lhs, rhs, kept, std::equal_to<>());
    case BinaryOp::kNotEqual: return ComparePairs(lhs, rhs, kept, std::not_equal_to<>());
    case BinaryOp::kGreater: return ComparePairs(lhs, rhs, kept, std::greater<>());
    case BinaryOp::kGreaterOrEqual: return ComparePairs(lhs, rhs, kept, std::greater_equal<>());
    case BinaryOp::kLess: return ComparePairs(lhs, rhs, kept, std::less<>());
    case BinaryOp::kLessOrEqual: return ComparePairs(lhs, rhs, kept, std::less_equal<>());
    default: VARVE_CHECK(false && "not a comparison");
  }
}

double BinaryOfFloats(BinaryOp op, double lhs, double rhs) {
  if (IsComparison(op)) {
    StepMask kept;
    Compare(op, {&lhs, 1}, {&rhs, 1}, kept);
    return kept.Test(0) ? 1 : 0;
  }
  double out = 0;
  Arithmetic(op, {&lhs, 1}, {&rhs, 1}, {&out, 1});
  return out;
}

void AddCompensated(const StepMask& present, std::span<const double> values, std::span<double> sums,
                    std::span<double> compensations) {
  if (present.All()) return AddDense(values.data(), sums.data(), compensations.data(), values.size());
  const std::span<const uint64_t> words = present.words();
  for (size_t word = 0; word < words.size(); ++word) {
    const size_t base = word * 64;
    if (words[word] == ~uint64_t{0}) {
      AddDense(&values[base], &sums[base], &compensations[base], 64);
      continue;
    }
    for (uint64_t bits = words[word]; bits != 0; bits &= bits - 1) {
      const size_t step = base + static_cast<size_t>(std::countr_zero(bits));
      AddOne(values[step], sums[step], compensations[step]);
    }
  }
}

}  // namespace varve::promql
