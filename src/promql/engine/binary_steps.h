// A binary operation between two series (or a series and a number), step by step over arrays.
//
// Source   prometheus promql/engine.go, vectorElemBinop.
#pragma once

#include "promql/ast.h"
#include "promql/engine/annotations.h"
#include "promql/engine/step_series.h"

namespace varve::promql {

struct BinaryCall {
  BinaryOp op = BinaryOp::kAdd;
  bool return_bool = false;
  PositionRange position;
};

// True if the result is another metric than the operands: arithmetic, and comparisons with bool.
bool ChangesMetric(const BinaryCall& call);

// Samples without labels: what a series or a number has at each step.
struct Operand {
  const StepMask& present;
  const StepValues& values;
  const std::vector<HistogramPtr>& histograms;  // empty if there is none

  explicit Operand(const StepSeries& series) : present(series.present), values(series.values), histograms(series.histograms) {}
  Operand(const StepMask& all, const StepValues& numbers);
};

// Sets the samples of `out` (present, values, histograms) to those of the operation; labels stay. `matched`, if given, receives
// the steps where the operands could be combined, whether a comparison kept them or not. A filtering comparison yields the
// values of `lhs`, or of `rhs` if `keep_rhs`.
void EvaluateSteps(const BinaryCall& call, const Operand& lhs, const Operand& rhs, bool keep_rhs, StepSeries& out,
                   StepMask* matched, Annotations& annotations);

}  // namespace varve::promql
