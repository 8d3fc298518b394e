// histogram_quantile, histogram_quantiles and histogram_fraction, over classic and native histograms alike.
//
// Source   prometheus promql/functions.go.
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "base/float_text.h"
#include "base/status_macros.h"
#include "promql/engine/annotation_texts.h"
#include "promql/engine/metric_name.h"
#include "promql/functions/function_tables.h"
#include "promql/functions/histogram_sets.h"
#include "promql/functions/native_histogram.h"

namespace varve::promql {
namespace {

// What is asked of each histogram, at each step.
class HistogramQuestion {
 public:
  virtual ~HistogramQuestion() = default;
  // Evaluates the scalar arguments.
  virtual absl::Status Prepare(const Context& ctx, OperatorCall& call) = 0;
  virtual size_t answers() const { return 1; }  // series a histogram gives
  virtual NativeResult OfNative(size_t answer, size_t step, const FloatHistogram& histogram) const = 0;
  virtual ClassicQuantile OfBuckets(size_t answer, size_t step, std::vector<ClassicBucket>& buckets) const = 0;
  virtual Annotation NanNote(NanEffect effect, std::string_view name, PositionRange position) const = 0;
  virtual void SetLabels(size_t answer, Labels& labels) const {}
};

class HistogramOperator final : public Operator {
 public:
  HistogramOperator(OperatorCall call, size_t vector_argument, std::unique_ptr<HistogramQuestion> question)
      : Operator(call.query, call.call.grid),
        position_(call.call.arguments[vector_argument]),
        call_(std::move(call)),
        question_(std::move(question)) {}

  std::string Describe() const override { return std::string(call_.expr.name()); }
  std::vector<const Operator*> Inputs() const override { return {call_.inputs[0].get()}; }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    if (!held_.has_value()) {
      held_.emplace(query(), ctx.memory());
      VARVE_RETURN_IF_ERROR(question_->Prepare(ctx, call_));
      VARVE_ASSIGN_OR_RETURN(sets_, ReadHistogramSets(ctx, query(), *call_.inputs[0], position_, *held_));
    }
    for (; next_ < sets_.size() * question_->answers(); ++next_) {
      // All histograms for the first answer, then for the second, ...
      Answer(sets_[next_ % sets_.size()], next_ / sets_.size(), out);
      if (!out.empty()) return ++next_, true;
    }
    return false;
  }

 private:
  void Answer(const HistogramSet& set, size_t answer, StepSeries& out) {
    out.Reset(grid().count);
    out.labels = set.labels;
    out.drop_name = set.drop_name;
    const std::string_view name = query().options.delayed_name_removal ? set.labels.Get(kMetricName) : "";
    for (size_t step = 0; step < grid().count; ++step) {
      const FloatHistogram* native = set.NativeAt(step);
      const bool classic = set.BucketsAt(step, scratch_);
      if (native != nullptr && classic) {
        query().annotations.Add(MixedClassicNativeHistograms(name, position_));
      } else if (native != nullptr) {
        const NativeResult result = question_->OfNative(answer, step, *native);
        if (result.nans != NanEffect::kNone) query().annotations.Add(question_->NanNote(result.nans, name, position_));
        out.SetFloat(step, result.value);
      } else if (classic) {
        const ClassicQuantile result = question_->OfBuckets(answer, step, scratch_);
        if (result.lifted.has_value()) NoteLifted(name, step, *result.lifted);
        out.SetFloat(step, result.value);
      }
    }
    DropMetricName(out, query().options.delayed_name_removal);
    question_->SetLabels(answer, out.labels);
  }

  void NoteLifted(std::string_view name, size_t step, const LiftedBuckets& lifted) {
    const TimestampMs time = grid().At(step);
    query().annotations.Add(ForcedMonotonicity(name,
                                               {.min_time = time,
                                                .max_time = time,
                                                .min_bucket = lifted.min_bound,
                                                .max_bucket = lifted.max_bound,
                                                .diff_max = lifted.difference_max},
                                               position_));
  }

  const PositionRange position_;
  OperatorCall call_;
  const std::unique_ptr<HistogramQuestion> question_;
  std::optional<HeldSamples> held_;
  std::vector<HistogramSet> sets_;
  std::vector<ClassicBucket> scratch_;
  size_t next_ = 0;
};

bool IsQuantile(double q) { return q >= 0 && q <= 1; }

// One or several quantiles; with several, each series is labelled with its own.
class QuantileQuestion final : public HistogramQuestion {
 public:
  explicit QuantileQuestion(std::string label) : label_(std::move(label)) {}

  absl::Status Prepare(const Context& ctx, OperatorCall& call) override {
    const size_t first_argument = label_.empty() ? 0 : 2;
    for (size_t i = 0; i < call.scalars.size(); ++i) {
      VARVE_ASSIGN_OR_RETURN(StepValues values, EvaluateScalar(ctx, *call.scalars[i]));
      for (const double q : values) {
        if (!IsQuantile(q)) call.query.annotations.Add(InvalidQuantile(q, call.call.arguments[first_argument + i]));
      }
      quantiles_.push_back(std::move(values));
    }
    return absl::OkStatus();
  }
  size_t answers() const override { return quantiles_.size(); }
  NativeResult OfNative(size_t answer, size_t step, const FloatHistogram& histogram) const override {
    return QuantileOfHistogram(quantiles_[answer][step], histogram);
  }
  ClassicQuantile OfBuckets(size_t answer, size_t step, std::vector<ClassicBucket>& buckets) const override {
    return QuantileOfBuckets(quantiles_[answer][step], buckets);
  }
  Annotation NanNote(NanEffect effect, std::string_view name, PositionRange position) const override {
    return effect == NanEffect::kResultIsNan ? NativeHistogramQuantileNanResult(name, position)
                                             : NativeHistogramQuantileNanSkew(name, position);
  }
  void SetLabels(size_t answer, Labels& labels) const override {
    if (label_.empty()) return;
    LabelsBuilder builder(labels);
    builder.Set(label_, OpenMetricsFloat(quantiles_[answer][0]));
    labels = builder.Build();
  }

 private:
  // Whole numbers carry a fraction: 1.0.
  static std::string OpenMetricsFloat(double value) {
    std::string text = FormatFloatGeneral(value);
    if (std::isfinite(value) && text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
  }

  const std::string label_;
  std::vector<StepValues> quantiles_;
};

class FractionQuestion final : public HistogramQuestion {
 public:
  absl::Status Prepare(const Context& ctx, OperatorCall& call) override {
    VARVE_ASSIGN_OR_RETURN(lower_, EvaluateScalar(ctx, *call.scalars[0]));
    VARVE_ASSIGN_OR_RETURN(upper_, EvaluateScalar(ctx, *call.scalars[1]));
    return absl::OkStatus();
  }
  NativeResult OfNative(size_t, size_t step, const FloatHistogram& histogram) const override {
    return FractionOfHistogram(lower_[step], upper_[step], histogram);
  }
  ClassicQuantile OfBuckets(size_t, size_t step, std::vector<ClassicBucket>& buckets) const override {
    return {FractionOfBuckets(lower_[step], upper_[step], buckets), std::nullopt};
  }
  Annotation NanNote(NanEffect, std::string_view name, PositionRange position) const override {
    return NativeHistogramFractionNans(name, position);
  }

 private:
  StepValues lower_, upper_;
};

absl::StatusOr<OperatorPtr> MakeQuantile(OperatorCall call) {
  return std::make_unique<HistogramOperator>(std::move(call), 1, std::make_unique<QuantileQuestion>(""));
}

absl::StatusOr<OperatorPtr> MakeQuantiles(OperatorCall call) {
  std::string label = call.call.strings[0];
  return std::make_unique<HistogramOperator>(std::move(call), 0, std::make_unique<QuantileQuestion>(std::move(label)));
}

absl::StatusOr<OperatorPtr> MakeFraction(OperatorCall call) {
  return std::make_unique<HistogramOperator>(std::move(call), 2, std::make_unique<FractionQuestion>());
}

constexpr FunctionImpl kFunctions[] = {
    {.name = "histogram_fraction", .make = MakeFraction, .joins_series = true},
    {.name = "histogram_quantile", .make = MakeQuantile, .joins_series = true},
    {.name = "histogram_quantiles", .make = MakeQuantiles, .joins_series = true},
};

}  // namespace

std::span<const FunctionImpl> HistogramQuantileFunctions() { return kFunctions; }

}  // namespace varve::promql
