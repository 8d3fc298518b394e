// sum, of floats and of histograms. A step that has both has no sum.
#include <optional>
#include <utility>

#include "promql/engine/accumulator.h"
#include "promql/engine/annotation_texts.h"
#include "promql/engine/float_kernels.h"
#include "promql/engine/group_histograms.h"

namespace varve::promql {
namespace {

class SumAccumulator final : public Accumulator {
 public:
  explicit SumAccumulator(const Aggregation& aggregation)
      : aggregation_(aggregation), floats_(aggregation.steps), sums_(aggregation.steps), compensations_(aggregation.steps) {}

  void Add(const StepSeries& series, Annotations& annotations) override {
    if (!series.has_histograms()) return AddFloats(series.present, series.values);
    if (!histograms_.has_value()) histograms_.emplace(aggregation_, HistogramTotal::kSum);
    StepMask present = series.present;
    for (size_t step = 0; step < series.histograms.size(); ++step) {
      if (series.histograms[step] == nullptr) continue;
      present.Clear(step);
      histograms_->Add(step, *series.histograms[step], series.labels.Get(kMetricName), annotations);
    }
    AddFloats(present, series.values);
  }

  void Merge(Accumulator& later, Annotations& annotations) override {
    auto& other = static_cast<SumAccumulator&>(later);
    AddFloats(other.floats_, other.sums_);
    other.floats_.ForEach([&](size_t step) { compensations_[step] += other.compensations_[step]; });
    if (!other.histograms_.has_value()) return;
    if (!histograms_.has_value()) histograms_.emplace(aggregation_, HistogramTotal::kSum);
    histograms_->Merge(*other.histograms_, annotations);
  }

  void Finish(StepSeries& out, Annotations& annotations) override {
    for (size_t step = 0; step < sums_.size(); ++step) out.values[step] = sums_[step] + compensations_[step];
    out.present = floats_;
    if (histograms_.has_value()) histograms_->Finish(out, annotations);
  }

  int64_t heap_bytes() const override {
    return static_cast<int64_t>(floats_.heap_bytes() + 2 * sums_.capacity() * sizeof(double)) +
           (histograms_.has_value() ? histograms_->heap_bytes() : 0);
  }

 private:
  void AddFloats(const StepMask& present, const StepValues& values) {
    AddCompensated(present, values, sums_, compensations_);
    floats_ |= present;
  }

  const Aggregation& aggregation_;
  StepMask floats_;  // where there were any
  StepValues sums_, compensations_;
  std::optional<GroupHistograms> histograms_;
};

}  // namespace

AccumulatorPtr NewSumAccumulator(const Aggregation& aggregation) { return std::make_unique<SumAccumulator>(aggregation); }

}  // namespace varve::promql
