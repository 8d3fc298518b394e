#include "promql/engine/set_operation.h"

#include <optional>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "promql/engine/label_groups.h"
#include "promql/engine/series_by_labels.h"

namespace varve::promql {
namespace {

// The steps at which each match group has a sample.
class GroupPresence {
 public:
  GroupPresence(const VectorMatching& matching, size_t steps)
      : signatures_(Grouping(matching.labels, !matching.on)), steps_(steps) {}

  void Add(const StepSeries& series) {
    const uint32_t group = signatures_.FindOrAdd(series.labels);
    if (group == present_.size()) present_.emplace_back(steps_);
    present_[group] |= series.present;
  }
  const StepMask* Find(const Labels& labels) const {
    const std::optional<uint32_t> group = signatures_.Find(labels);
    return group.has_value() ? &present_[*group] : nullptr;
  }

 private:
  LabelGroups signatures_;
  const size_t steps_;
  std::vector<StepMask> present_;
};

void Exclude(const StepMask* mask, StepSeries& series) {
  if (mask == nullptr) return;
  StepMask kept = series.present;
  series.Keep(kept.AndNot(*mask));
}

// lhs and rhs, lhs unless rhs: the left side passes through a filter made of the right side.
class FilterOperator final : public Operator {
 public:
  FilterOperator(QueryState& query, BinaryOp op, const VectorMatching& matching, OperatorPtr lhs, OperatorPtr rhs)
      : Operator(query, lhs->grid()), op_(op), lhs_(std::move(lhs)), rhs_(std::move(rhs)), right_(matching, grid().count) {}
  std::string Describe() const override { return std::string(ToString(op_)); }
  std::vector<const Operator*> Inputs() const override { return {lhs_.get(), rhs_.get()}; }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    if (!std::exchange(right_read_, true)) VARVE_RETURN_IF_ERROR(ReadRight(ctx, out));
    while (true) {
      VARVE_ASSIGN_OR_RETURN(const bool more, lhs_->Next(ctx, out));
      if (!more) return false;
      const StepMask* right = right_.Find(out.labels);
      if (op_ == BinaryOp::kUnless) {
        Exclude(right, out);
      } else if (right == nullptr) {
        continue;
      } else {
        out.Keep(*right);
      }
      if (!out.empty()) return true;
    }
  }

 private:
  absl::Status ReadRight(const Context& ctx, StepSeries& series) {
    while (true) {
      VARVE_ASSIGN_OR_RETURN(const bool more, rhs_->Next(ctx, series));
      if (!more) return absl::OkStatus();
      right_.Add(series);
    }
  }

  const BinaryOp op_;
  OperatorPtr lhs_, rhs_;
  GroupPresence right_;
  bool right_read_ = false;
};

// lhs or rhs. A label set may come from the left at some steps and from the right at others, so both are collected.
class OrOperator final : public Operator {
 public:
  OrOperator(QueryState& query, const VectorMatching& matching, OperatorPtr lhs, OperatorPtr rhs)
      : Operator(query, lhs->grid()), lhs_(std::move(lhs)), rhs_(std::move(rhs)), left_(matching, grid().count) {}
  std::string Describe() const override { return "or"; }
  std::vector<const Operator*> Inputs() const override { return {lhs_.get(), rhs_.get()}; }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    if (!united_.has_value()) {
      united_.emplace(query(), ctx.memory());
      VARVE_RETURN_IF_ERROR(Unite(ctx));
    }
    if (at_ == united_->size()) return false;
    out = std::move(united_->at(at_++));
    return true;
  }

 private:
  absl::Status Unite(const Context& ctx) {
    StepSeries series;
    while (true) {
      VARVE_ASSIGN_OR_RETURN(const bool more, lhs_->Next(ctx, series));
      if (!more) break;
      left_.Add(series);
      VARVE_RETURN_IF_ERROR(united_->Merge(std::exchange(series, {})));
    }
    while (true) {
      VARVE_ASSIGN_OR_RETURN(const bool more, rhs_->Next(ctx, series));
      if (!more) return absl::OkStatus();
      Exclude(left_.Find(series.labels), series);
      if (!series.empty()) VARVE_RETURN_IF_ERROR(united_->Merge(std::exchange(series, {})));
    }
  }

  OperatorPtr lhs_, rhs_;
  GroupPresence left_;
  std::optional<SeriesByLabels> united_;
  size_t at_ = 0;
};

}  // namespace

OperatorPtr NewSetOperationOperator(QueryState& query, BinaryOp op, const VectorMatching& matching, OperatorPtr lhs,
                                    OperatorPtr rhs) {
  if (op == BinaryOp::kOr) return std::make_unique<OrOperator>(query, matching, std::move(lhs), std::move(rhs));
  return std::make_unique<FilterOperator>(query, op, matching, std::move(lhs), std::move(rhs));
}

}  // namespace varve::promql
