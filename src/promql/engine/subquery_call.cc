#include "promql/engine/subquery_call.h"

#include <fmt/format.h>

#include <utility>

#include "base/duration.h"
#include "base/status_macros.h"
#include "promql/engine/metric_name.h"
#include "promql/engine/series_reader.h"

namespace varve::promql {
namespace {

// What a histogram says about the one before it is no longer true when a subquery picks some of them.
FloatHistogram WithUnknownReset(const FloatHistogram& histogram) {
  FloatHistogram copy = histogram;
  if (copy.reset_hint != CounterResetHint::kGauge) copy.reset_hint = CounterResetHint::kUnknown;
  return copy;
}

void ToColumns(const StepGrid& grid, const StepSeries& series, SeriesSamples& samples) {
  samples.Clear();
  series.present.ForEach([&](size_t step) {
    if (series.IsHistogram(step)) {
      samples.histograms.Append(grid.At(step), WithUnknownReset(*series.histograms[step]));
    } else if (!IsStaleNan(series.values[step])) {
      samples.floats.Append(grid.At(step), series.values[step]);
    }
  });
}

class SubqueryCallOperator final : public Operator {
 public:
  SubqueryCallOperator(QueryState& query, const FunctionImpl& function, RangeCall call, OperatorPtr input,
                       std::vector<OperatorPtr> scalars, SampleTally& tally)
      : Operator(query, call.grid),
        function_(function),
        call_(std::move(call)),
        input_(std::move(input)),
        scalars_(std::move(scalars)),
        tally_(tally) {}

  std::string Describe() const override {
    return fmt::format("{} over {} of a subquery with step {}", function_.name, FormatPrometheusDuration(call_.range_ms),
                       FormatPrometheusDuration(input_->grid().step_ms));
  }
  std::vector<const Operator*> Inputs() const override { return {input_.get()}; }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    if (!std::exchange(prepared_, true)) {
      VARVE_ASSIGN_OR_RETURN(call_.scalars, EvaluateScalars(ctx, scalars_));
    }
    while (true) {
      VARVE_RETURN_IF_ERROR(ctx.Check());
      VARVE_ASSIGN_OR_RETURN(const bool more, input_->Next(ctx, inner_));
      if (!more) return false;
      HeldSamples held(query(), ctx.memory());
      VARVE_RETURN_IF_ERROR(held.Add(inner_));
      ToColumns(input_->grid(), inner_, scratch_.samples);
      out.Reset(grid().count);
      VARVE_RETURN_IF_ERROR(EvaluateRange(function_, call_, inner_.labels, scratch_, {tally_, true}, out, query().annotations));
      if (out.empty()) continue;
      if (!function_.keeps_name || inner_.drop_name) DropMetricName(out, query().options.delayed_name_removal);
      return true;
    }
  }

 private:
  const FunctionImpl& function_;
  RangeCall call_;
  OperatorPtr input_;
  std::vector<OperatorPtr> scalars_;
  SampleTally& tally_;
  bool prepared_ = false;
  StepSeries inner_;
  ReaderScratch scratch_;
};

}  // namespace

StepGrid SubqueryGrid(const RangeCall& call, int64_t step_ms) {
  const TimestampMs after = call.RangeStart(0), until = call.RangeEnd(call.grid.count - 1);
  TimestampMs start = after / step_ms * step_ms;
  if (start <= after) start += step_ms;
  const size_t count = start > until ? 0 : static_cast<size_t>((until - start) / step_ms) + 1;
  return {.start = start, .step_ms = step_ms, .count = count};
}

OperatorPtr NewSubqueryCallOperator(QueryState& query, const FunctionImpl& function, RangeCall call, OperatorPtr input,
                                    std::vector<OperatorPtr> scalars, SampleTally& tally) {
  return std::make_unique<SubqueryCallOperator>(query, function, std::move(call), std::move(input), std::move(scalars), tally);
}

}  // namespace varve::promql
