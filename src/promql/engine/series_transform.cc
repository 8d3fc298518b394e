#include "promql/engine/series_transform.h"

#include <fmt/format.h>

#include <utility>

#include "base/status_macros.h"
#include "promql/engine/series_scan.h"

namespace varve::promql {
namespace {

class TransformOperator final : public Operator {
 public:
  TransformOperator(QueryState& query, OperatorPtr input, SeriesTransformPtr transform)
      : Operator(query, input->grid()), input_(std::move(input)), transform_(std::move(transform)) {}

  std::string Describe() const override { return transform_->Describe(); }
  std::vector<const Operator*> Inputs() const override { return {input_.get()}; }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    if (!std::exchange(prepared_, true)) VARVE_RETURN_IF_ERROR(transform_->Prepare(ctx));
    while (true) {
      VARVE_ASSIGN_OR_RETURN(const bool more, input_->Next(ctx, out));
      if (!more) return false;
      VARVE_RETURN_IF_ERROR(transform_->Apply(out, query().annotations));
      if (!out.empty()) return true;
    }
  }

 private:
  OperatorPtr input_;
  SeriesTransformPtr transform_;
  bool prepared_ = false;
};

}  // namespace

OperatorPtr Transform(QueryState& query, OperatorPtr input, SeriesTransformPtr transform) {
  if (SeriesScan* scan = input->scan(); scan != nullptr) {
    scan->Append(std::move(transform));
    return input;
  }
  return std::make_unique<TransformOperator>(query, std::move(input), std::move(transform));
}

}  // namespace varve::promql
