#include "promql/engine/group_histograms.h"

#include <memory>
#include <utility>

#include "model/histogram_arithmetic.h"
#include "promql/engine/annotation_texts.h"

namespace varve::promql {

void GroupHistograms::Step::SeeHint(CounterResetHint hint) {
  reset_seen |= hint == CounterResetHint::kReset;
  no_reset_seen |= hint == CounterResetHint::kNotReset;
}

void GroupHistograms::Step::Scale(double factor) {
  MultiplyHistogram(total, factor);
  if (compensation.has_value()) MultiplyHistogram(*compensation, factor);
}

void GroupHistograms::Step::MakeIncremental(double counted) {
  incremental = true;
  DivideHistogram(total, counted);
  if (compensation.has_value()) DivideHistogram(*compensation, counted);
}

bool GroupHistograms::AddTo(Step& step, const FloatHistogram& addend, std::string_view metric_name,
                            Annotations& annotations) const {
  const absl::StatusOr<HistogramNotes> notes = KahanAddHistogram(step.total, step.compensation, addend);
  if (!notes.ok()) {
    annotations.Add(MixedExponentialCustomHistograms(metric_name, aggregation_.input_position));
    step.incompatible = true;
    return false;
  }
  if (notes->bounds_reconciled) {
    annotations.Add(MismatchedCustomBuckets(HistogramOperation::kAggregation, aggregation_.input_position));
  }
  return true;
}

void GroupHistograms::Add(size_t at, const FloatHistogram& histogram, std::string_view metric_name, Annotations& annotations) {
  Step& step = steps_[at];
  if (step.incompatible) return;
  ++step.count;
  step.SeeHint(histogram.reset_hint);
  if (step.count == 1) {
    step.total = histogram;
  } else if (means_) {
    AddToMean(step, histogram, metric_name, annotations);
  } else {
    AddTo(step, histogram, metric_name, annotations);
  }
}

void GroupHistograms::AddToMean(Step& step, const FloatHistogram& histogram, std::string_view metric_name,
                                Annotations& annotations) const {
  if (!step.incremental) {
    Step sum = step;
    if (!AddTo(sum, histogram, metric_name, annotations)) {
      step.incompatible = true;
      return;
    }
    if (!HasOverflow(sum.total)) {
      step = std::move(sum);
      return;
    }
    step.MakeIncremental(step.count - 1);
  }
  step.Scale((step.count - 1) / step.count);
  FloatHistogram share = histogram;
  DivideHistogram(share, step.count);
  AddTo(step, share, metric_name, annotations);
}

void GroupHistograms::Merge(GroupHistograms& later, Annotations& annotations) {
  for (size_t step = 0; step < steps_.size(); ++step) MergeStep(steps_[step], later.steps_[step], annotations);
}

void GroupHistograms::MergeStep(Step& step, Step& later, Annotations& annotations) const {
  if (later.count == 0 || step.incompatible) return;
  if (step.count == 0 || later.incompatible) {
    step = std::move(later);
    return;
  }
  step.reset_seen |= later.reset_seen;
  step.no_reset_seen |= later.no_reset_seen;
  const double count = step.count + later.count;
  if (means_ && !step.incremental && !later.incremental) {
    Step sum = step;
    if (AddTo(sum, later.total, {}, annotations) && HasOverflow(sum.total)) step.MakeIncremental(step.count);
  }
  if (step.incremental || later.incremental) {
    if (!step.incremental) step.MakeIncremental(step.count);
    if (!later.incremental) later.MakeIncremental(later.count);
    step.Scale(step.count / count);
    later.Scale(later.count / count);
  }
  step.count = count;
  if (!AddTo(step, later.total, {}, annotations) || !later.compensation.has_value()) return;
  AddTo(step, *later.compensation, {}, annotations);
}

HistogramPtr GroupHistograms::Finish(size_t at, Annotations& annotations) {
  Step& step = steps_[at];
  if (step.incompatible) return nullptr;
  if (means_ && !step.incremental) step.MakeIncremental(step.count);
  // The compensation has the total's layout, so that this cannot fail.
  if (step.compensation.has_value()) AddHistogram(step.total, *step.compensation).IgnoreError();
  CompactHistogram(step.total);
  if (step.reset_seen && step.no_reset_seen) {
    annotations.Add(HistogramCounterResetCollision(HistogramOperation::kAggregation, aggregation_.input_position));
  }
  return std::make_shared<const FloatHistogram>(std::move(step.total));
}

void FinishHistograms(GroupHistograms& histograms, const Aggregation& aggregation, StepSeries& out, Annotations& annotations) {
  for (size_t step = 0; step < aggregation.steps; ++step) {
    if (!histograms.Has(step)) continue;
    if (out.present.Test(step)) {
      annotations.Add(MixedFloatsHistogramsAggregation(aggregation.input_position));
      out.Drop(step);
    } else if (HistogramPtr histogram = histograms.Finish(step, annotations); histogram != nullptr) {
      out.SetHistogram(step, std::move(histogram));
    }
  }
}

int64_t GroupHistograms::heap_bytes() const {
  size_t bytes = steps_.capacity() * sizeof(Step);
  for (const Step& step : steps_) bytes += 2 * step.total.heap_bytes();
  return static_cast<int64_t>(bytes);
}

}  // namespace varve::promql
