#include "promql/engine/count_values.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <bit>
#include <optional>
#include <utility>

#include "base/errors.h"
#include "base/float_text.h"
#include "base/status_macros.h"
#include "base/utf8.h"
#include "model/histogram_text.h"
#include "model/quote.h"
#include "promql/engine/series_by_labels.h"

namespace varve::promql {
namespace {

class CountValuesOperator final : public Operator {
 public:
  CountValuesOperator(QueryState& query, Grouping grouping, std::string label, OperatorPtr input)
      : Operator(query, input->grid()), grouping_(std::move(grouping)), label_(std::move(label)), input_(std::move(input)) {}

  std::string Describe() const override { return fmt::format("count_values {}", grouping_.ToString()); }
  std::vector<const Operator*> Inputs() const override { return {input_.get()}; }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    if (!counts_.has_value()) {
      counts_.emplace(query(), ctx.memory());
      VARVE_RETURN_IF_ERROR(CountAll(ctx));
    }
    if (at_ == counts_->size()) return false;
    out = std::move(counts_->at(at_++));
    return true;
  }

 private:
  absl::Status CountAll(const Context& ctx) {
    StepSeries series;
    while (true) {
      VARVE_RETURN_IF_ERROR(ctx.Check());
      VARVE_ASSIGN_OR_RETURN(const bool more, input_->Next(ctx, series));
      if (!more) return absl::OkStatus();
      VARVE_RETURN_IF_ERROR(Count(series));
    }
  }

  absl::Status Count(const StepSeries& series) {
    absl::flat_hash_map<uint64_t, size_t> places;  // by the bits of a float: most series have few values
    absl::Status status;
    series.present.ForEach([&](size_t step) {
      if (!status.ok()) return;
      size_t place = 0;
      if (series.IsHistogram(step)) {
        place = PlaceOf(series.labels, ToString(*series.histograms[step]), status);
      } else {
        const auto [known, is_new] = places.try_emplace(std::bit_cast<uint64_t>(series.values[step]), 0);
        if (is_new) known->second = PlaceOf(series.labels, FormatFloatFixed(series.values[step]), status);
        place = known->second;
      }
      StepSeries& count = counts_->at(place);
      count.SetFloat(step, count.present.Test(step) ? count.values[step] + 1 : 1);
    });
    return status;
  }

  // Where series with these labels and this value are counted.
  size_t PlaceOf(const Labels& labels, const std::string& value, absl::Status& status) {
    LabelsBuilder builder(labels);
    builder.Set(label_, value);
    const size_t known = counts_->size();
    const size_t place = counts_->Find(grouping_.LabelsOf(builder.Build()));
    if (place == known) {
      StepSeries& count = counts_->at(place);
      count.present.Reset(grid().count);
      count.values.resize(grid().count);
      status.Update(counts_->held().Add(static_cast<int64_t>(grid().count), count.heap_bytes()));
    }
    return place;
  }

  const Grouping grouping_;
  const std::string label_;
  OperatorPtr input_;
  std::optional<SeriesByLabels> counts_;
  size_t at_ = 0;
};

}  // namespace

absl::StatusOr<OperatorPtr> NewCountValuesOperator(QueryState& query, std::vector<std::string> grouping_names, bool without,
                                                   std::string label, OperatorPtr input) {
  if (label.empty() || !IsValidUtf8(label)) return FailedPrecondition("invalid label name {}", Quoted(label));
  if (!without) grouping_names.push_back(label);
  return std::make_unique<CountValuesOperator>(query, Grouping(std::move(grouping_names), without), std::move(label),
                                               std::move(input));
}

}  // namespace varve::promql
