#include "promql/engine/step_invariant.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"

namespace varve::promql {
namespace {

class StepInvariantOperator final : public Operator {
 public:
  StepInvariantOperator(QueryState& query, const StepGrid& grid, OperatorPtr input)
      : Operator(query, grid), input_(std::move(input)) {
    VARVE_CHECK(input_->grid().count == 1);
  }
  std::string Describe() const override { return "step invariant"; }
  std::vector<const Operator*> Inputs() const override { return {input_.get()}; }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    VARVE_ASSIGN_OR_RETURN(const bool more, input_->Next(ctx, once_));
    if (!more) return false;
    out.Reset(grid().count);
    out.labels = std::move(once_.labels);
    out.drop_name = once_.drop_name;
    out.present.Fill();
    if (once_.IsHistogram(0)) {
      out.histograms.assign(grid().count, once_.histograms[0]);
    } else {
      std::fill(out.values.begin(), out.values.end(), once_.values[0]);
    }
    return true;
  }

 private:
  OperatorPtr input_;
  StepSeries once_;
};

}  // namespace

OperatorPtr NewStepInvariantOperator(QueryState& query, const StepGrid& grid, OperatorPtr input) {
  return std::make_unique<StepInvariantOperator>(query, grid, std::move(input));
}

}  // namespace varve::promql
