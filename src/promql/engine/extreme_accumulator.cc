// min and max. NaN counts only where a group has nothing else.
#include <cmath>

#include "promql/engine/visit_floats.h"

namespace varve::promql {
namespace {

template <bool kMax>
class ExtremeAccumulator final : public Accumulator {
 public:
  explicit ExtremeAccumulator(const Aggregation& aggregation)
      : aggregation_(aggregation), seen_(aggregation.steps), values_(aggregation.steps, NAN) {}

  void Add(const StepSeries& series, Annotations& annotations) override {
    VisitFloats(aggregation_, series, annotations, [this](size_t step, double value) { AddValue(step, value); });
  }
  void Merge(Accumulator& later, Annotations&) override {
    const auto& other = static_cast<ExtremeAccumulator&>(later);
    other.seen_.ForEach([&](size_t step) { AddValue(step, other.values_[step]); });
  }
  void Finish(StepSeries& out, Annotations&) override {
    out.present = seen_;
    out.values = std::move(values_);
  }
  int64_t heap_bytes() const override { return static_cast<int64_t>(seen_.heap_bytes() + values_.capacity() * sizeof(double)); }

 private:
  void AddValue(size_t step, double value) {
    seen_.Set(step);
    double& kept = values_[step];
    if ((kMax ? kept < value : kept > value) || std::isnan(kept)) kept = value;
  }

  const Aggregation& aggregation_;
  StepMask seen_;
  StepValues values_;
};

}  // namespace

AccumulatorPtr NewExtremeAccumulator(const Aggregation& aggregation) {
  if (aggregation.op == AggregateOp::kMax) return std::make_unique<ExtremeAccumulator<true>>(aggregation);
  return std::make_unique<ExtremeAccumulator<false>>(aggregation);
}

}  // namespace varve::promql
