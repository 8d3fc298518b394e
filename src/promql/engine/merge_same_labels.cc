#include "promql/engine/merge_same_labels.h"

#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "promql/engine/series_by_labels.h"

namespace varve::promql {
namespace {

class MergeSameLabelsOperator final : public Operator {
 public:
  MergeSameLabelsOperator(QueryState& query, OperatorPtr input, SameLabels policy)
      : Operator(query, input->grid()), input_(std::move(input)), policy_(policy) {}
  std::string Describe() const override { return "merge series with the same labels"; }
  std::vector<const Operator*> Inputs() const override { return {input_.get()}; }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    if (!merged_.has_value()) {
      merged_.emplace(query(), ctx.memory());
      VARVE_RETURN_IF_ERROR(ReadInput(ctx));
    }
    if (at_ == merged_->size()) return false;
    out = std::move(merged_->at(at_++));
    return true;
  }

 private:
  absl::Status ReadInput(const Context& ctx) {
    StepSeries series;
    for (size_t count = 1;; ++count) {
      VARVE_ASSIGN_OR_RETURN(const bool more, input_->Next(ctx, series));
      if (!more) return absl::OkStatus();
      VARVE_RETURN_IF_ERROR(merged_->Merge(std::move(series)));
      if (policy_ == SameLabels::kRefuse && merged_->size() < count) return DuplicateLabelset();
      series = StepSeries();
    }
  }

  OperatorPtr input_;
  const SameLabels policy_;
  std::optional<SeriesByLabels> merged_;
  size_t at_ = 0;
};

}  // namespace

OperatorPtr NewMergeSameLabelsOperator(QueryState& query, OperatorPtr input, SameLabels policy) {
  return std::make_unique<MergeSameLabelsOperator>(query, std::move(input), policy);
}

}  // namespace varve::promql
