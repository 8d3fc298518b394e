#include "promql/engine/scalar_binary.h"

#include <fmt/format.h>

#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "promql/engine/float_kernels.h"
#include "promql/engine/metric_name.h"

namespace varve::promql {
namespace {

class ScalarBinaryOperator final : public Operator {
 public:
  ScalarBinaryOperator(QueryState& query, BinaryOp op, OperatorPtr lhs, OperatorPtr rhs)
      : Operator(query, lhs->grid()), op_(op), lhs_(std::move(lhs)), rhs_(std::move(rhs)) {}
  std::string Describe() const override { return fmt::format("scalar {}", ToString(op_)); }
  std::vector<const Operator*> Inputs() const override { return {lhs_.get(), rhs_.get()}; }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    if (std::exchange(done_, true)) return false;
    VARVE_ASSIGN_OR_RETURN(const StepValues lhs, EvaluateScalar(ctx, *lhs_));
    VARVE_ASSIGN_OR_RETURN(const StepValues rhs, EvaluateScalar(ctx, *rhs_));
    if (IsTrim(op_)) return FailedPrecondition("operator {:?} not allowed for Scalar operations", ToString(op_));
    out.Reset(grid().count);
    out.present.Fill();
    for (size_t step = 0; step < lhs.size(); ++step) out.values[step] = BinaryOfFloats(op_, lhs[step], rhs[step]);
    return true;
  }

 private:
  const BinaryOp op_;
  OperatorPtr lhs_, rhs_;
  bool done_ = false;
};

class VectorScalarBinary final : public SeriesTransform {
 public:
  VectorScalarBinary(BinaryCall call, OperatorPtr scalar, bool scalar_first, bool delayed_name_removal)
      : call_(call), scalar_(std::move(scalar)), scalar_first_(scalar_first), delayed_name_removal_(delayed_name_removal) {}

  absl::Status Prepare(const Context& ctx) override {
    VARVE_ASSIGN_OR_RETURN(numbers_, EvaluateScalar(ctx, *scalar_));
    all_.Reset(numbers_.size());
    all_.Fill();
    return absl::OkStatus();
  }

  absl::Status Apply(StepSeries& series, Annotations& annotations) const override {
    StepSeries result;
    const Operand vector(series), scalar(all_, numbers_);
    const Operand& lhs = scalar_first_ ? scalar : vector;
    const Operand& rhs = scalar_first_ ? vector : scalar;
    EvaluateSteps(call_, lhs, rhs, scalar_first_, result, nullptr, annotations);
    series.present = std::move(result.present);
    series.values = std::move(result.values);
    series.histograms = std::move(result.histograms);
    if (ChangesMetric(call_)) DropMetricName(series, delayed_name_removal_);
    return absl::OkStatus();
  }

  std::string Describe() const override {
    return fmt::format("{} {} {}", scalar_first_ ? "scalar" : "vector", ToString(call_.op), scalar_first_ ? "vector" : "scalar");
  }

 private:
  const BinaryCall call_;
  OperatorPtr scalar_;
  const bool scalar_first_, delayed_name_removal_;
  StepMask all_;
  StepValues numbers_;
};

}  // namespace

OperatorPtr NewScalarBinaryOperator(QueryState& query, BinaryOp op, OperatorPtr lhs, OperatorPtr rhs) {
  return std::make_unique<ScalarBinaryOperator>(query, op, std::move(lhs), std::move(rhs));
}

SeriesTransformPtr NewVectorScalarBinary(BinaryCall call, OperatorPtr scalar, bool scalar_first, bool delayed_name_removal) {
  return std::make_unique<VectorScalarBinary>(call, std::move(scalar), scalar_first, delayed_name_removal);
}

}  // namespace varve::promql
