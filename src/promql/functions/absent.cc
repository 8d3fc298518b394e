// absent and absent_over_time: 1 where there is nothing, with the labels the selector insists on; and scalar(), which asks whether there
// is exactly one series.
//
// Source   prometheus promql/functions.go.
#include <limits>
#include <memory>
#include <set>
#include <utility>

#include "base/status_macros.h"
#include "promql/functions/function_tables.h"

namespace varve::promql {
namespace {

// The labels every matching series would have: those of equality matchers, unless a name is there more than once.
Labels LabelsOfAbsent(const Expr& argument) {
  const VectorSelector* selector = argument.AsIf<VectorSelector>();
  if (const auto* matrix = argument.AsIf<MatrixSelector>(); matrix != nullptr) selector = matrix->selector.get();
  if (selector == nullptr) return Labels();
  LabelsBuilder labels;
  std::set<std::string_view> seen;
  for (const Matcher& matcher : selector->matchers) {
    if (matcher.name() == kMetricName) continue;
    if (matcher.type() == Matcher::Type::kEqual && seen.insert(matcher.name()).second) {
      labels.Set(matcher.name(), matcher.value());
    } else {
      labels.Del(matcher.name());
    }
  }
  return labels.Build();
}

class AbsentOperator final : public Operator {
 public:
  explicit AbsentOperator(OperatorCall call)
      : Operator(call.query, call.call.grid),
        labels_(LabelsOfAbsent(StripParens(*call.expr.args[0]))),
        input_(std::move(call.inputs[0])) {}

  std::string Describe() const override { return "absent " + labels_.ToString(); }
  std::vector<const Operator*> Inputs() const override { return {input_.get()}; }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    if (std::exchange(done_, true)) return false;
    StepMask seen(grid().count);
    StepSeries series;
    while (true) {
      VARVE_ASSIGN_OR_RETURN(const bool more, input_->Next(ctx, series));
      if (!more) break;
      seen |= series.present;
    }
    out.Reset(grid().count);
    out.labels = labels_;
    out.present.Fill();
    out.present.AndNot(seen);
    for (double& value : out.values) value = 1;
    return !out.empty();
  }

 private:
  const Labels labels_;
  OperatorPtr input_;
  bool done_ = false;
};

absl::StatusOr<OperatorPtr> MakeAbsent(OperatorCall call) { return std::make_unique<AbsentOperator>(std::move(call)); }

// NaN where there is no float, or more than one.
class ScalarOperator final : public Operator {
 public:
  explicit ScalarOperator(OperatorCall call) : Operator(call.query, call.call.grid), input_(std::move(call.inputs[0])) {}

  std::string Describe() const override { return "scalar"; }
  std::vector<const Operator*> Inputs() const override { return {input_.get()}; }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    if (std::exchange(done_, true)) return false;
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    out.Reset(grid().count);
    for (double& value : out.values) value = kNan;
    StepMask seen(grid().count);
    StepSeries series;
    while (true) {
      VARVE_ASSIGN_OR_RETURN(const bool more, input_->Next(ctx, series));
      if (!more) break;
      series.DropHistograms();
      series.present.ForEach([&](size_t step) { out.values[step] = seen.Test(step) ? kNan : series.values[step]; });
      seen |= series.present;
    }
    out.present.Fill();
    return true;
  }

 private:
  OperatorPtr input_;
  bool done_ = false;
};

absl::StatusOr<OperatorPtr> MakeScalar(OperatorCall call) { return std::make_unique<ScalarOperator>(std::move(call)); }

absl::Status PresentInWindow(const RangeInput& input, StepSeries& out, Annotations&) {
  for (size_t step = 0; step < out.steps(); ++step) {
    if (!input.windows[step].empty() || !input.histogram_window(step).empty()) out.SetFloat(step, 1);
  }
  return absl::OkStatus();
}

constexpr FunctionImpl kFunctions[] = {
    {.name = "absent", .make = MakeAbsent},
    {.name = "absent_over_time", .range = PresentInWindow, .make = MakeAbsent},
    {.name = "scalar", .make = MakeScalar},
};

}  // namespace

std::span<const FunctionImpl> AbsentFunctions() { return kFunctions; }

}  // namespace varve::promql
