// avg, of floats and of histograms. A step that has both has no average.
#include <optional>
#include <utility>

#include "promql/engine/accumulator.h"
#include "promql/engine/group_histograms.h"
#include "promql/functions/running_mean.h"

namespace varve::promql {
namespace {

class AvgAccumulator final : public Accumulator {
 public:
  explicit AvgAccumulator(const Aggregation& aggregation) : aggregation_(aggregation), means_(aggregation.steps) {}

  void Add(const StepSeries& series, Annotations& annotations) override {
    if (series.has_histograms() && !histograms_.has_value()) histograms_.emplace(aggregation_, HistogramTotal::kMean);
    series.present.ForEach([&](size_t step) {
      if (series.IsHistogram(step)) {
        histograms_->Add(step, *series.histograms[step], series.labels.Get(kMetricName), annotations);
      } else {
        means_[step].Add(series.values[step]);
      }
    });
  }

  void Merge(Accumulator& later, Annotations& annotations) override {
    auto& other = static_cast<AvgAccumulator&>(later);
    for (size_t step = 0; step < means_.size(); ++step) means_[step].Merge(other.means_[step]);
    if (!other.histograms_.has_value()) return;
    if (!histograms_.has_value()) histograms_.emplace(aggregation_, HistogramTotal::kMean);
    histograms_->Merge(*other.histograms_, annotations);
  }

  void Finish(StepSeries& out, Annotations& annotations) override {
    for (size_t step = 0; step < means_.size(); ++step) {
      if (means_[step].count > 0) out.SetFloat(step, means_[step].Mean());
    }
    if (histograms_.has_value()) histograms_->Finish(out, annotations);
  }

  int64_t heap_bytes() const override {
    return static_cast<int64_t>(means_.capacity() * sizeof(RunningMean)) +
           (histograms_.has_value() ? histograms_->heap_bytes() : 0);
  }

 private:
  const Aggregation& aggregation_;
  std::vector<RunningMean> means_;
  std::optional<GroupHistograms> histograms_;
};

}  // namespace

AccumulatorPtr NewAvgAccumulator(const Aggregation& aggregation) { return std::make_unique<AvgAccumulator>(aggregation); }

}  // namespace varve::promql
