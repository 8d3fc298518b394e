#include "promql/engine/aggregate_operator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "promql/engine/annotation_texts.h"
#include "promql/engine/group_table.h"
#include "promql/engine/series_scan.h"

namespace varve::promql {
namespace {

class AggregateOperator final : public Operator {
 public:
  AggregateOperator(QueryState& query, AggregateCall call, OperatorPtr input, OperatorPtr param)
      : Operator(query, input->grid()),
        call_(std::move(call)),
        aggregation_{.op = call_.op, .steps = grid().count, .input_position = call_.input_position, .param = {}},
        input_(std::move(input)),
        param_(std::move(param)) {}

  std::string Describe() const override {
    return fmt::format("{}{} {}", parallel_scan() == nullptr ? "" : "parallel ", ToString(call_.op), call_.grouping.ToString());
  }
  std::vector<const Operator*> Inputs() const override { return {input_.get()}; }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    if (!table_.has_value()) VARVE_RETURN_IF_ERROR(Aggregate(ctx));
    while (at_ < table_->size()) {
      table_->Finish(at_++, out, query().annotations);
      if (!out.empty()) return true;
    }
    return false;
  }

 private:
  // The scan to aggregate in its workers; null if the series are to come one by one.
  SeriesScan* parallel_scan() const {
    return query().options.optimizations.Has(Optimization::kParallelAggregation) ? input_->scan() : nullptr;
  }

  absl::Status Aggregate(const Context& ctx) {
    if (param_ != nullptr) {
      VARVE_ASSIGN_OR_RETURN(aggregation_.param, EvaluateScalar(ctx, *param_));
    }
    table_.emplace(NewTable(ctx));
    SeriesScan* const scan = parallel_scan();
    VARVE_RETURN_IF_ERROR(scan == nullptr ? AddInput(ctx) : AddScan(ctx, *scan));
    if (param_ != nullptr) WarnOfParam();  // of equal warnings the last one's position counts, which is the outer one's
    return absl::OkStatus();
  }

  GroupTable NewTable(const Context& ctx) { return {query(), aggregation_, call_.grouping, ctx.memory()}; }

  absl::Status AddInput(const Context& ctx) {
    StepSeries series;
    while (true) {
      VARVE_RETURN_IF_ERROR(ctx.Check());
      VARVE_ASSIGN_OR_RETURN(const bool more, input_->Next(ctx, series));
      if (!more) return absl::OkStatus();
      VARVE_RETURN_IF_ERROR(table_->Add(series, query().annotations));
    }
  }

  struct Part {  // of one tile
    std::optional<GroupTable> table;
    Annotations annotations;
  };

  absl::Status AddScan(const Context& ctx, SeriesScan& scan) {
    std::vector<Part> parts(FoldSlots(scan));
    const auto work = [&](const Context& task, size_t slot, const SeriesTile& tile) {
      Part& part = parts[slot];
      part.table.emplace(NewTable(task));
      return scan.Run(task, tile, part.annotations,
                      [&](StepSeries& series) { return part.table->Add(series, part.annotations); });
    };
    const auto fold = [&](size_t slot) {
      query().annotations.MergeFrom(std::exchange(parts[slot].annotations, {}));
      return MergePart(*parts[slot].table);
    };
    return FoldTiles(ctx, scan, {.work = work, .fold = fold});
  }

  absl::Status MergePart(GroupTable& part) {
    if (table_->size() > 0) return table_->Merge(part, query().annotations);
    table_ = std::move(part);
    return absl::OkStatus();
  }

  // A quantile outside of [0, 1] has an answer, but hardly the one that was meant.
  void WarnOfParam() {
    const StepValues& quantiles = aggregation_.param;
    Annotations& annotations = query().annotations;
    if (std::any_of(quantiles.begin(), quantiles.end(), [](double value) { return std::isnan(value); })) {
      return annotations.Add(InvalidQuantile(NAN, call_.param_position));
    }
    const auto [least, most] = std::minmax_element(quantiles.begin(), quantiles.end());
    if (*most > 1) annotations.Add(InvalidQuantile(*most, call_.param_position));
    if (*least < 0) annotations.Add(InvalidQuantile(*least, call_.param_position));
  }

  const AggregateCall call_;
  Aggregation aggregation_;
  OperatorPtr input_;
  OperatorPtr param_;
  std::optional<GroupTable> table_;
  size_t at_ = 0;
};

}  // namespace

OperatorPtr NewAggregateOperator(QueryState& query, AggregateCall call, OperatorPtr input, OperatorPtr param) {
  return std::make_unique<AggregateOperator>(query, std::move(call), std::move(input), std::move(param));
}

}  // namespace varve::promql
