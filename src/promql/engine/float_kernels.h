// Loops over the values of whole series, where queries spend their time once samples are decoded.
//
// Shape    spans of equal length, one value a step. Compiled for plain x86-64 and for AVX2; the better one is picked at start.
#pragma once

#include <span>

#include "promql/ast.h"
#include "promql/engine/step_series.h"

namespace varve::promql {

// sums[i] += values[i] where present, with what rounding lost added to compensations[i]: the result is that of KahanSum.
void AddCompensated(const StepMask& present, std::span<const double> values, std::span<double> sums,
                    std::span<double> compensations);

// out[i] = lhs[i] op rhs[i], for + - * / % ^ atan2.
void Arithmetic(BinaryOp op, std::span<const double> lhs, std::span<const double> rhs, std::span<double> out);
// Sets the steps of `kept` where lhs[i] op rhs[i] holds, for == != > >= < <=.
void Compare(BinaryOp op, std::span<const double> lhs, std::span<const double> rhs, StepMask& kept);

// One of the above for single numbers; a comparison is 1 or 0.
double BinaryOfFloats(BinaryOp op, double lhs, double rhs);

}  // namespace varve::promql
