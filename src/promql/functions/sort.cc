// sort, sort_desc, sort_by_label, sort_by_label_desc: the order of an instant query's answer. In a range query series are in label
// order whatever a sort says, so there it only passes on what it gets, with a warning.
//
// Source   prometheus promql/functions.go; natural order of label values as in facette/natsort.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "promql/engine/annotation_texts.h"
#include "promql/functions/function_tables.h"

namespace varve::promql {
namespace {

// The length of the run of digits, or of other characters, that `text` starts with.
size_t RunLength(std::string_view text) {
  const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  size_t length = 1;
  while (length < text.size() && is_digit(text[length]) == is_digit(text[0])) ++length;
  return length;
}

// Negative if `a` comes first when runs of digits count as numbers: a2 before a10.
int CompareNaturally(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const std::string_view run_a = a.substr(0, RunLength(a)), run_b = b.substr(0, RunLength(b));
    if (run_a != run_b) {
      const bool numbers =
          std::isdigit(static_cast<unsigned char>(run_a[0])) != 0 && std::isdigit(static_cast<unsigned char>(run_b[0])) != 0;
      if (numbers) {
        const std::string_view digits_a = run_a.substr(std::min(run_a.find_first_not_of('0'), run_a.size()));
        const std::string_view digits_b = run_b.substr(std::min(run_b.find_first_not_of('0'), run_b.size()));
        if (digits_a.size() != digits_b.size()) return digits_a.size() < digits_b.size() ? -1 : 1;
        if (digits_a != digits_b) return digits_a < digits_b ? -1 : 1;
        return run_a.size() < run_b.size() ? -1 : 1;
      }
      return run_a < run_b ? -1 : 1;
    }
    a.remove_prefix(run_a.size());
    b.remove_prefix(run_b.size());
  }
  return a.empty() == b.empty() ? 0 : a.empty() ? -1 : 1;
}

enum class SortKey { kValue, kLabels };

class SortOperator final : public Operator {
 public:
  SortOperator(OperatorCall call, SortKey key, bool descending)
      : Operator(call.query, call.call.grid), call_(std::move(call)), key_(key), descending_(descending) {}

  std::string Describe() const override { return std::string(call_.expr.name()); }
  std::vector<const Operator*> Inputs() const override { return {call_.inputs[0].get()}; }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    if (!held_.has_value()) VARVE_RETURN_IF_ERROR(ReadAndSort(ctx));
    if (next_ == series_.size()) return false;
    out = std::move(series_[next_++]);
    return true;
  }

 private:
  absl::Status ReadAndSort(const Context& ctx) {
    held_.emplace(query(), ctx.memory());
    VARVE_ASSIGN_OR_RETURN(series_, Drain(ctx, *call_.inputs[0], *held_));
    if (key_ == SortKey::kValue) {
      for (StepSeries& series : series_) series.DropHistograms();
      std::erase_if(series_, [](const StepSeries& series) { return series.empty(); });
    }
    if (grid().count > 1) {
      query().annotations.Add(SortInRangeQuery(call_.call.position));
    } else if (key_ == SortKey::kValue) {
      std::stable_sort(series_.begin(), series_.end(),
                       [this](const StepSeries& a, const StepSeries& b) { return ValueBefore(a, b); });
    } else {
      std::stable_sort(series_.begin(), series_.end(),
                       [this](const StepSeries& a, const StepSeries& b) { return LabelsBefore(a, b); });
    }
    return absl::OkStatus();
  }

  // NaN comes last either way.
  bool ValueBefore(const StepSeries& a, const StepSeries& b) const {
    const double x = a.values[0], y = b.values[0];
    if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) && std::isnan(y);
    return descending_ ? x > y : x < y;
  }

  bool LabelsBefore(const StepSeries& a, const StepSeries& b) const {
    for (const std::string& label : call_.call.strings) {
      const int order = CompareNaturally(a.labels.Get(label), b.labels.Get(label));
      if (order != 0) return descending_ ? order > 0 : order < 0;
    }
    return descending_ ? b.labels < a.labels : a.labels < b.labels;
  }

  OperatorCall call_;
  const SortKey key_;
  const bool descending_;
  std::optional<HeldSamples> held_;
  std::vector<StepSeries> series_;
  size_t next_ = 0;
};

template <SortKey kKey, bool kDescending>
absl::StatusOr<OperatorPtr> MakeSort(OperatorCall call) {
  return std::make_unique<SortOperator>(std::move(call), kKey, kDescending);
}

constexpr FunctionImpl kFunctions[] = {
    {.name = "sort", .make = MakeSort<SortKey::kValue, false>},
    {.name = "sort_by_label", .make = MakeSort<SortKey::kLabels, false>},
    {.name = "sort_by_label_desc", .make = MakeSort<SortKey::kLabels, true>},
    {.name = "sort_desc", .make = MakeSort<SortKey::kValue, true>},
};

}  // namespace

std::span<const FunctionImpl> SortFunctions() { return kFunctions; }

}  // namespace varve::promql
