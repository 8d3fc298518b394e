#include "promql/engine/vector_binary.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "promql/engine/match_groups.h"
#include "promql/engine/metric_name.h"
#include "promql/engine/series_by_labels.h"

namespace varve::promql {
namespace {

using Cardinality = VectorMatching::Cardinality;

// The labels of a result, from those of its two operands.
class ResultLabels {
 public:
  ResultLabels(const BinaryCall& call, const VectorMatching& matching, bool delayed_name_removal)
      : matching_(matching),
        one_to_one_(matching.cardinality == Cardinality::kOneToOne),
        drop_name_(ChangesMetric(call) && !(call.return_bool && IsComparison(call.op) && delayed_name_removal)),
        as_many_(matching.include.empty() && (!one_to_one_ || (!matching.on && matching.labels.empty()))) {}

  // True if every series of the many side has a result with labels of its own, but for the metric name.
  bool like_many() const { return as_many_; }

  Labels Of(const Labels& many, const Labels& one) const {
    if (as_many_) return drop_name_ ? WithoutMetadata(many) : many;
    LabelsBuilder builder(many);
    if (drop_name_) {
      for (const std::string_view name : {kMetricName, kMetricType, kMetricUnit}) builder.Del(name);
    }
    if (one_to_one_ && matching_.on) builder.Keep(matching_.labels);
    if (one_to_one_ && !matching_.on) {
      for (const std::string& name : matching_.labels) builder.Del(name);
    }
    for (const std::string& name : matching_.include) builder.Set(name, one.Get(name));
    return builder.Build();
  }

 private:
  const VectorMatching& matching_;
  const bool one_to_one_, drop_name_, as_many_;
};

// The output series, where several pairs may contribute to one.
class JoinedOutput {
 public:
  JoinedOutput(QueryState& query, MemoryBudget* memory, bool one_to_one) : series_(query, memory), one_to_one_(one_to_one) {}

  absl::Status Add(MatchGroups::Group& group, StepSeries&& result, const StepMask& matched) {
    if (one_to_one_) {
      if (group.matched.Intersects(matched)) {
        return FailedPrecondition("multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)");
      }
    } else {
      VARVE_RETURN_IF_ERROR(CheckGrouping(group, result.labels, matched));
    }
    group.matched |= matched;
    return result.empty() ? absl::OkStatus() : series_.Merge(std::move(result));
  }
  std::vector<StepSeries>& series() { return series_.series(); }

 private:
  // The labels of results must tell the many side's series of a group apart.
  absl::Status CheckGrouping(const MatchGroups::Group& group, const Labels& labels, const StepMask& matched) {
    StepMask& seen = seen_.try_emplace({group.number, labels.Hash()}, matched.size()).first->second;
    if (seen.Intersects(matched)) {
      return FailedPrecondition("multiple matches for labels: grouping labels must ensure unique matches");
    }
    seen |= matched;
    return absl::OkStatus();
  }

  SeriesByLabels series_;
  const bool one_to_one_;
  absl::flat_hash_map<std::pair<uint32_t, uint64_t>, StepMask> seen_;
};

class VectorBinaryOperator final : public Operator {
 public:
  VectorBinaryOperator(QueryState& query, BinaryCall call, const VectorMatching& matching, OperatorPtr lhs, OperatorPtr rhs,
                       bool distinct_many)
      : Operator(query, lhs->grid()),
        call_(call),
        matching_(matching),
        lhs_(std::move(lhs)),
        rhs_(std::move(rhs)),
        swapped_(matching.cardinality == Cardinality::kOneToMany),
        labels_(call_, matching_, query.options.delayed_name_removal),
        streams_(labels_.like_many() && distinct_many && !matching.fill_lhs.has_value()),
        groups_(matching_, grid().count),
        many_present_(grid().count) {}

  std::string Describe() const override {
    return fmt::format("{} {}, {}", ToString(matching_.cardinality), ToString(call_.op), streams_ ? "streaming" : "collecting");
  }
  std::vector<const Operator*> Inputs() const override { return {lhs_.get(), rhs_.get()}; }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    if (!std::exchange(started_, true)) {
      held_.emplace(query(), ctx.memory());
      VARVE_RETURN_IF_ERROR(groups_.Read(ctx, swapped_ ? *lhs_ : *rhs_, *held_));
      if (!streams_) VARVE_RETURN_IF_ERROR(JoinAll(ctx));
    }
    if (streams_) return StreamNext(ctx, out);
    if (at_ == joined_->series().size()) return false;
    out = std::move(joined_->series()[at_++]);
    return true;
  }

 private:
  using Group = MatchGroups::Group;

  Operator& many() { return swapped_ ? *rhs_ : *lhs_; }
  std::string_view one_side() const { return swapped_ ? "left" : "right"; }

  // The operation on one pair; sets `matched`.
  StepSeries Evaluate(const Labels& many_labels, const Operand& many, const Labels& one_labels, const Operand& one,
                      StepMask& matched) {
    StepSeries result;
    EvaluateSteps(call_, swapped_ ? one : many, swapped_ ? many : one, false, result, &matched, query().annotations);
    result.labels = labels_.Of(many_labels, one_labels);
    result.drop_name = call_.return_bool;
    return result;
  }

  // Calls add(result, matched) for each series that `many` meets in its group.
  template <typename Add>
  absl::Status Join(const StepSeries& many, const Group& group, const Add& add) {
    VARVE_RETURN_IF_ERROR(groups_.CheckUnique(group, many.present, one_side()));
    StepMask matched;
    for (const uint32_t member : group.members) {
      const StepSeries& one = groups_.series()[member];
      VARVE_RETURN_IF_ERROR(add(Evaluate(many.labels, Operand(many), one.labels, Operand(one), matched), matched));
    }
    if (!matching_.fill_rhs.has_value()) return absl::OkStatus();
    StepMask alone = many.present;
    alone.AndNot(group.present);
    if (!alone.Any()) return absl::OkStatus();
    const StepValues fill(grid().count, *matching_.fill_rhs);
    return add(Evaluate(many.labels, Operand(many), groups_.LabelsOf(group), Operand(alone, fill), matched), matched);
  }

  absl::StatusOr<bool> StreamNext(const Context& ctx, StepSeries& out) {
    StepSeries series;
    while (true) {
      VARVE_ASSIGN_OR_RETURN(const bool more, NextMany(ctx, series));
      if (!more) return false;
      const Group* group = GroupOf(series);
      if (group == nullptr) continue;
      out.Reset(grid().count);
      VARVE_RETURN_IF_ERROR(Join(series, *group, [&](StepSeries&& result, const StepMask&) {
        if (out.empty()) {
          out = std::move(result);
        } else {
          out.MergeDisjoint(std::move(result));
        }
        return absl::OkStatus();
      }));
      if (!out.empty()) return true;
    }
  }

  absl::Status JoinAll(const Context& ctx) {
    joined_.emplace(query(), ctx.memory(), matching_.cardinality == Cardinality::kOneToOne);
    StepSeries series;
    while (true) {
      VARVE_ASSIGN_OR_RETURN(const bool more, NextMany(ctx, series));
      if (!more) break;
      Group* group = GroupOf(series);
      if (group == nullptr) continue;
      VARVE_RETURN_IF_ERROR(Join(series, *group, [&](StepSeries&& result, const StepMask& matched) {
        return joined_->Add(*group, std::move(result), matched);
      }));
    }
    return matching_.fill_lhs.has_value() ? FillMany() : absl::OkStatus();
  }

  // The next series of the many side; at its end, the groups are checked where it had anything to match.
  absl::StatusOr<bool> NextMany(const Context& ctx, StepSeries& series) {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    VARVE_ASSIGN_OR_RETURN(const bool more, many().Next(ctx, series));
    if (more) {
      many_present_ |= series.present;
      return true;
    }
    if (matching_.fill_lhs.has_value() || matching_.fill_rhs.has_value()) many_present_.Fill();
    VARVE_RETURN_IF_ERROR(groups_.CheckUnique(many_present_, one_side()));
    return false;
  }

  Group* GroupOf(const StepSeries& many) {
    return matching_.fill_rhs.has_value() ? &groups_.FindOrAdd(many.labels) : groups_.Find(many.labels);
  }

  // Series of the one side that nothing matched meet the fill value.
  absl::Status FillMany() {
    const StepValues fill(grid().count, *matching_.fill_lhs);
    StepMask matched;
    for (const StepSeries& one : groups_.series()) {
      Group& group = *groups_.Find(one.labels);
      StepMask alone = one.present;
      alone.AndNot(group.matched);
      if (!alone.Any()) continue;
      StepSeries result = Evaluate(groups_.LabelsOf(group), Operand(alone, fill), one.labels, Operand(one), matched);
      VARVE_RETURN_IF_ERROR(joined_->Add(group, std::move(result), matched));
    }
    return absl::OkStatus();
  }

  const BinaryCall call_;
  const VectorMatching matching_;
  OperatorPtr lhs_, rhs_;
  const bool swapped_;  // the left side is the "one"
  const ResultLabels labels_;
  const bool streams_;  // results need no joining
  MatchGroups groups_;
  StepMask many_present_;
  std::optional<HeldSamples> held_;
  std::optional<JoinedOutput> joined_;
  bool started_ = false;
  size_t at_ = 0;
};

}  // namespace

OperatorPtr NewVectorBinaryOperator(QueryState& query, BinaryCall call, const VectorMatching& matching, OperatorPtr lhs,
                                    OperatorPtr rhs, bool distinct_many) {
  return std::make_unique<VectorBinaryOperator>(query, call, matching, std::move(lhs), std::move(rhs), distinct_many);
}

}  // namespace varve::promql
