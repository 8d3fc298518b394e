#include "promql/engine/info_operator.h"

#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "promql/engine/info_series.h"
#include "promql/engine/series_by_labels.h"

namespace varve::promql {
namespace {

class InfoOperator final : public Operator {
 public:
  InfoOperator(QueryState& query, OperatorPtr input, const std::optional<Matchers>& selector, SelectorTime time,
               SampleTally& tally)
      : Operator(query, input->grid()), input_(std::move(input)), info_(selector), time_(time), tally_(tally) {}
  std::string Describe() const override { return "info"; }
  std::vector<const Operator*> Inputs() const override { return {input_.get()}; }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    if (!output_.has_value()) {
      output_.emplace(query(), ctx.memory());
      VARVE_RETURN_IF_ERROR(EnrichAll(ctx));
    }
    if (at_ == output_->size()) return false;
    out = std::move(output_->at(at_++));
    return true;
  }

 private:
  using Choice = std::vector<int32_t>;  // the info series of each name, or none

  absl::Status EnrichAll(const Context& ctx) {
    HeldSamples held(query(), ctx.memory());
    VARVE_ASSIGN_OR_RETURN(std::vector<StepSeries> series, Drain(ctx, *input_, held));
    StepMask steps(grid().count);
    for (const StepSeries& one : series) steps |= one.present;
    VARVE_RETURN_IF_ERROR(info_.Read(ctx, query(), grid(), time_, series, steps, tally_));
    for (StepSeries& one : series) {
      VARVE_RETURN_IF_ERROR(ctx.Check());
      if (info_.IsInfoName(one.labels.Get(kMetricName))) {
        VARVE_RETURN_IF_ERROR(output_->Merge(std::move(one)));
      } else {
        VARVE_RETURN_IF_ERROR(Enrich(one));
      }
    }
    return absl::OkStatus();
  }

  // Splits `series` into runs of steps with the same info series, each of which gets their labels.
  absl::Status Enrich(const StepSeries& series) {
    std::vector<const std::vector<int32_t>*> sources;
    for (const std::string& name : info_.names()) {
      if (const std::vector<int32_t>* found = info_.Find(name, series.labels); found != nullptr) sources.push_back(found);
    }
    std::map<Choice, StepMask> runs;
    Choice choice(sources.size());
    series.present.ForEach([&](size_t step) {
      for (size_t i = 0; i < sources.size(); ++i) choice[i] = (*sources[i])[step];
      runs.try_emplace(choice, grid().count).first->second.Set(step);
    });
    for (const auto& [chosen, steps] : runs) {
      StepSeries part = series;
      part.Keep(steps);
      VARVE_ASSIGN_OR_RETURN(const bool keep, AddLabels(chosen, part));
      if (keep) VARVE_RETURN_IF_ERROR(output_->Merge(std::move(part)));
    }
    return absl::OkStatus();
  }

  // False if the series goes, because no info series satisfies the selector.
  absl::StatusOr<bool> AddLabels(const Choice& chosen, StepSeries& part) {
    LabelsBuilder added;
    bool any = false;
    for (const int32_t info : chosen) {
      if (info == InfoSeries::kNone) continue;
      any = true;
      for (const LabelView& label : info_.labels(info)) {
        if (label.name == kMetricName || !info_.WantsLabel(label.name)) continue;
        if (const std::string_view known = added.Get(label.name); !known.empty() && known != label.value) {
          return FailedPrecondition("conflicting label: {}", label.name);
        }
        if (!part.labels.Has(label.name)) added.Set(label.name, label.value);
      }
    }
    if (!any && !info_.MayBeMissing()) return false;
    LabelsBuilder labels(part.labels);
    added.ForEach([&](std::string_view name, std::string_view value) { labels.Set(name, value); });
    part.labels = labels.Build();
    return true;
  }

  OperatorPtr input_;
  InfoSeries info_;
  const SelectorTime time_;
  SampleTally& tally_;
  std::optional<SeriesByLabels> output_;
  size_t at_ = 0;
};

// Finds the first selector below `expr`; offsets of subqueries around it add up until an @ pins the time.
bool FindTime(const Expr& expr, SelectorTime& time) {
  if (const auto* selector = expr.AsIf<VectorSelector>(); selector != nullptr) {
    time = {.at = selector->shift.at, .offset_ms = selector->shift.offset.ms()};
    return true;
  }
  for (const Expr* child : Children(expr)) {
    if (!FindTime(*child, time)) continue;
    if (const auto* subquery = expr.AsIf<SubqueryExpr>(); subquery != nullptr && !time.at.has_value()) {
      time.offset_ms += subquery->shift.offset.ms();
      time.at = subquery->shift.at;
    }
    return true;
  }
  return false;
}

}  // namespace

OperatorPtr NewInfoOperator(QueryState& query, OperatorPtr input, std::optional<Matchers> selector, SelectorTime time,
                            SampleTally& tally) {
  return std::make_unique<InfoOperator>(query, std::move(input), selector, time, tally);
}

SelectorTime InfoTime(const Expr& expr) {
  SelectorTime time;
  FindTime(expr, time);
  return time;
}

}  // namespace varve::promql
