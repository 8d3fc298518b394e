#include "promql/engine/select_k.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/errors.h"
#include "base/float_text.h"
#include "base/status_macros.h"
#include "promql/engine/annotation_texts.h"
#include "promql/engine/label_groups.h"
#include "promql/engine/ranked_samples.h"

namespace varve::promql {
namespace {

// The parameter as whole numbers, one a step; none if there is nothing to select at any step.
absl::StatusOr<std::vector<int64_t>> CountsOf(const StepValues& param) {
  double most = -INFINITY;
  for (const double value : param) {
    if (std::isnan(value)) return FailedPrecondition("Parameter value is NaN");
    most = std::max(most, value);
  }
  if (most < 1) return std::vector<int64_t>();
  std::vector<int64_t> counts;
  for (const double value : param) {
    if (value <= -9223372036854775808.0) {
      return FailedPrecondition("Scalar value {} underflows int64", FormatFloatGeneral(value));
    }
    if (value >= 9223372036854774784.0) {
      return FailedPrecondition("Scalar value {} overflows int64", FormatFloatGeneral(value));
    }
    counts.push_back(static_cast<int64_t>(value));
  }
  return counts;
}

class SelectKOperator final : public Operator {
 public:
  SelectKOperator(QueryState& query, AggregateCall call, OperatorPtr input, OperatorPtr k)
      : Operator(query, input->grid()),
        call_(std::move(call)),
        input_(std::move(input)),
        k_(std::move(k)),
        labels_(call_.grouping) {}

  std::string Describe() const override { return fmt::format("{} {}", ToString(call_.op), call_.grouping.ToString()); }
  std::vector<const Operator*> Inputs() const override { return {input_.get()}; }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    if (!std::exchange(started_, true)) VARVE_RETURN_IF_ERROR(SelectAll(ctx));
    if (at_ == selected_.size()) return false;
    out = std::move(selected_[at_++]);
    return true;
  }

 private:
  using Group = std::vector<RankedSamples>;  // one a step
  struct Kept {                              // a series that was among the k at some step
    Labels labels;
    bool drop_name;
  };

  absl::Status SelectAll(const Context& ctx) {
    VARVE_ASSIGN_OR_RETURN(const StepValues param, EvaluateScalar(ctx, *k_));
    VARVE_ASSIGN_OR_RETURN(counts_, CountsOf(param));
    held_.emplace(query(), ctx.memory());
    StepSeries series;
    while (true) {
      VARVE_RETURN_IF_ERROR(ctx.Check());
      VARVE_ASSIGN_OR_RETURN(const bool more, input_->Next(ctx, series));
      if (!more) break;
      if (!counts_.empty()) VARVE_RETURN_IF_ERROR(Offer(series));  // else it is read for what is to be said about it
    }
    if (!groups_.empty()) grid().count == 1 ? AssembleRanked() : AssembleSeries();
    return absl::OkStatus();
  }

  absl::Status Offer(StepSeries& series) {
    const bool ranks = call_.op != AggregateOp::kLimitk;
    if (ranks && series.DropHistograms()) {
      query().annotations.Add(HistogramIgnoredInAggregation(ToString(call_.op), call_.position));
    }
    Group& group = GroupOf(series.labels);
    const auto number = static_cast<uint32_t>(kept_.size());
    int64_t grown = 0, taken = 0;
    series.present.ForEach([&](size_t step) {
      RankedSamples& ranked = group[step];
      const size_t before = ranked.size();
      const HistogramPtr& histogram = series.IsHistogram(step) ? series.histograms[step] : kNoHistogram;
      if (ranked.Offer({series.values[step], histogram, number}, counts_[step], call_.op)) ++taken;
      grown += static_cast<int64_t>(ranked.size() - before);
    });
    if (taken == 0) return absl::OkStatus();
    kept_.push_back({std::move(series.labels), series.drop_name});
    return held_->Add(
        grown, grown * static_cast<int64_t>(sizeof(RankedSample)) + static_cast<int64_t>(kept_.back().labels.heap_bytes()));
  }

  Group& GroupOf(const Labels& labels) {
    const uint32_t number = labels_.FindOrAdd(labels);
    if (number == groups_.size()) groups_.emplace_back(grid().count);
    return groups_[number];
  }

  // An instant query: best first.
  void AssembleRanked() {
    for (Group& group : groups_) {
      for (const RankedSample& sample : group[0].Ranked(call_.op)) Set(0, sample, NewSeries(sample.series));
    }
  }

  void AssembleSeries() {
    absl::flat_hash_map<uint32_t, size_t> places;
    for (Group& group : groups_) {
      for (size_t step = 0; step < group.size(); ++step) {
        for (const RankedSample& sample : group[step].samples()) {
          const auto [place, is_new] = places.try_emplace(sample.series, selected_.size());
          Set(step, sample, is_new ? NewSeries(sample.series) : selected_[place->second]);
        }
      }
    }
  }

  StepSeries& NewSeries(uint32_t number) {
    StepSeries& series = selected_.emplace_back();
    series.Reset(grid().count);
    series.labels = std::move(kept_[number].labels);
    series.drop_name = kept_[number].drop_name;
    return series;
  }

  static void Set(size_t step, const RankedSample& sample, StepSeries& series) {
    if (sample.histogram != nullptr) {
      series.SetHistogram(step, sample.histogram);
    } else {
      series.SetFloat(step, sample.value);
    }
  }

  static inline const HistogramPtr kNoHistogram;

  const AggregateCall call_;
  OperatorPtr input_, k_;
  std::vector<int64_t> counts_;
  LabelGroups labels_;
  std::vector<Group> groups_;  // by their number in labels_
  std::vector<Kept> kept_;
  std::optional<HeldSamples> held_;
  std::vector<StepSeries> selected_;
  bool started_ = false;
  size_t at_ = 0;
};

}  // namespace

OperatorPtr NewSelectKOperator(QueryState& query, AggregateCall call, OperatorPtr input, OperatorPtr k) {
  return std::make_unique<SelectKOperator>(query, std::move(call), std::move(input), std::move(k));
}

}  // namespace varve::promql
