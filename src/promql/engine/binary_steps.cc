#include "promql/engine/binary_steps.h"

#include <utility>

#include "promql/engine/float_kernels.h"
#include "promql/engine/histogram_binary.h"

namespace varve::promql {
namespace {

const std::vector<HistogramPtr> kNoHistograms;

Sample SampleAt(const Operand& operand, size_t step) {
  return {operand.values[step], operand.histograms.empty() ? nullptr : operand.histograms[step]};
}

// Both sides have nothing but floats: whole arrays at a time.
void EvaluateFloats(const BinaryCall& call, const Operand& lhs, const Operand& rhs, bool keep_rhs, StepSeries& out) {
  if (!IsComparison(call.op)) return Arithmetic(call.op, lhs.values, rhs.values, out.values);
  StepMask kept;
  Compare(call.op, lhs.values, rhs.values, kept);
  if (!call.return_bool) {
    out.values = keep_rhs ? rhs.values : lhs.values;
    out.present &= kept;
    return;
  }
  for (size_t step = 0; step < out.values.size(); ++step) out.values[step] = kept.Test(step) ? 1 : 0;
}

void EvaluateStep(const BinaryCall& call, const Operand& lhs, const Operand& rhs, bool keep_rhs, size_t step, StepSeries& out,
                  StepMask* matched, Annotations& annotations) {
  BinaryResult result = BinaryOfSamples(call, SampleAt(lhs, step), SampleAt(rhs, step), annotations);
  if (!result.defined) {
    if (matched != nullptr) matched->Clear(step);
    return out.present.Clear(step);
  }
  if (call.return_bool) return out.SetFloat(step, result.keep ? 1 : 0);
  if (!result.keep) return out.present.Clear(step);
  if (keep_rhs && IsComparison(call.op)) result.sample = SampleAt(rhs, step);
  if (result.sample.histogram != nullptr) {
    out.SetHistogram(step, std::move(result.sample.histogram));
  } else {
    out.SetFloat(step, result.sample.value);
  }
}

}  // namespace

bool ChangesMetric(const BinaryCall& call) {
  if (call.return_bool) return true;
  return !IsComparison(call.op) && !IsSetOperation(call.op) && !IsTrim(call.op);
}

Operand::Operand(const StepMask& all, const StepValues& numbers) : present(all), values(numbers), histograms(kNoHistograms) {}

void EvaluateSteps(const BinaryCall& call, const Operand& lhs, const Operand& rhs, bool keep_rhs, StepSeries& out,
                   StepMask* matched, Annotations& annotations) {
  out.histograms.clear();
  out.values.resize(lhs.values.size());
  out.present = lhs.present;
  out.present &= rhs.present;
  if (matched != nullptr) *matched = out.present;
  if (lhs.histograms.empty() && rhs.histograms.empty() && !IsTrim(call.op)) return EvaluateFloats(call, lhs, rhs, keep_rhs, out);
  const StepMask both = out.present;
  both.ForEach([&](size_t step) { EvaluateStep(call, lhs, rhs, keep_rhs, step, out, matched, annotations); });
}

}  // namespace varve::promql
