#include "promql/engine/scalar_operators.h"

#include <algorithm>
#include <utility>

#include "base/float_text.h"
#include "base/status_macros.h"

namespace varve::promql {
namespace {

class EmptyOperator final : public Operator {
 public:
  using Operator::Operator;
  std::string Describe() const override { return "nothing"; }

 protected:
  absl::StatusOr<bool> DoNext(const Context&, StepSeries&) override { return false; }
};

class NumberOperator final : public Operator {
 public:
  NumberOperator(QueryState& query, const StepGrid& grid, double value) : Operator(query, grid), value_(value) {}
  std::string Describe() const override { return "number " + FormatFloatGeneral(value_); }

 protected:
  absl::StatusOr<bool> DoNext(const Context&, StepSeries& out) override {
    if (std::exchange(done_, true)) return false;
    out.Reset(grid().count);
    out.present.Fill();
    std::fill(out.values.begin(), out.values.end(), value_);
    return true;
  }

 private:
  const double value_;
  bool done_ = false;
};

class ScalarFunctionOperator final : public Operator {
 public:
  ScalarFunctionOperator(QueryState& query, const FunctionImpl& function, FunctionCall call, std::vector<OperatorPtr> scalars)
      : Operator(query, call.grid), function_(function), call_(std::move(call)), scalars_(std::move(scalars)) {}
  std::string Describe() const override { return std::string(function_.name); }
  std::vector<const Operator*> Inputs() const override {
    std::vector<const Operator*> inputs;
    for (const OperatorPtr& scalar : scalars_) inputs.push_back(scalar.get());
    return inputs;
  }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    if (std::exchange(done_, true)) return false;
    VARVE_ASSIGN_OR_RETURN(call_.scalars, EvaluateScalars(ctx, scalars_));
    out.Reset(grid().count);
    out.present.Fill();
    function_.scalar(call_, out.values);
    return true;
  }

 private:
  const FunctionImpl& function_;
  FunctionCall call_;
  std::vector<OperatorPtr> scalars_;
  bool done_ = false;
};

}  // namespace

OperatorPtr NewEmptyOperator(QueryState& query, const StepGrid& grid) { return std::make_unique<EmptyOperator>(query, grid); }

OperatorPtr NewNumberOperator(QueryState& query, const StepGrid& grid, double value) {
  return std::make_unique<NumberOperator>(query, grid, value);
}

OperatorPtr NewScalarFunctionOperator(QueryState& query, const FunctionImpl& function, FunctionCall call,
                                      std::vector<OperatorPtr> scalars) {
  return std::make_unique<ScalarFunctionOperator>(query, function, std::move(call), std::move(scalars));
}

}  // namespace varve::promql
