#include "promql/engine/instant_function.h"

#include <utility>

#include "base/status_macros.h"
#include "model/histogram_arithmetic.h"
#include "promql/engine/metric_name.h"

namespace varve::promql {
namespace {

class InstantFunction final : public SeriesTransform {
 public:
  InstantFunction(const FunctionImpl& function, FunctionCall call, std::vector<OperatorPtr> scalars, bool delayed_name_removal)
      : function_(function), call_(std::move(call)), scalars_(std::move(scalars)), delayed_name_removal_(delayed_name_removal) {}

  absl::Status Prepare(const Context& ctx) override {
    VARVE_ASSIGN_OR_RETURN(call_.scalars, EvaluateScalars(ctx, scalars_));
    return absl::OkStatus();
  }

  absl::Status Apply(StepSeries& series, Annotations& annotations) const override {
    VARVE_RETURN_IF_ERROR(function_.instant(call_, series, annotations));
    if (!function_.keeps_name) DropMetricName(series, delayed_name_removal_);
    return absl::OkStatus();
  }

  std::string Describe() const override { return std::string(function_.name); }

 private:
  const FunctionImpl& function_;
  FunctionCall call_;
  std::vector<OperatorPtr> scalars_;
  const bool delayed_name_removal_;
};

class Negation final : public SeriesTransform {
 public:
  explicit Negation(bool delayed_name_removal) : delayed_name_removal_(delayed_name_removal) {}

  absl::Status Apply(StepSeries& series, Annotations&) const override {
    for (double& value : series.values) value = -value;
    for (HistogramPtr& histogram : series.histograms) {
      if (histogram == nullptr) continue;
      FloatHistogram negated = *histogram;
      MultiplyHistogram(negated, -1);
      histogram = std::make_shared<const FloatHistogram>(std::move(negated));
    }
    DropMetricName(series, delayed_name_removal_);
    return absl::OkStatus();
  }

  std::string Describe() const override { return "negate"; }

 private:
  const bool delayed_name_removal_;
};

}  // namespace

SeriesTransformPtr NewInstantFunction(const FunctionImpl& function, FunctionCall call, std::vector<OperatorPtr> scalars,
                                      bool delayed_name_removal) {
  return std::make_unique<InstantFunction>(function, std::move(call), std::move(scalars), delayed_name_removal);
}

SeriesTransformPtr NewNegation(bool delayed_name_removal) { return std::make_unique<Negation>(delayed_name_removal); }

}  // namespace varve::promql
