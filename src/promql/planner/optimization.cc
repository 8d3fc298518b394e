#include "promql/planner/optimization.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve::promql {
namespace {

constexpr OptimizationInfo kOptimizations[] = {
    {Optimization::kConstantFolding, "constant-folding", "numbers are calculated before the query runs: x * (60 * 60)"},
    {Optimization::kMatcherPropagation, "matcher-propagation",
     "a matcher of one side of an operation holds for the other: x{job=\"a\"} / y reads y{job=\"a\"}"},
    {Optimization::kSharedExpressions, "shared-expressions", "what stands in a query several times is computed once"},
    {Optimization::kSharedSelections, "shared-selections",
     "the source is asked once for what several aggregations are made of: sum by (a) (rate(x[5m])) / on() sum(rate(x[5m]))"},
    {Optimization::kStepInvariance, "step-invariance", "what is pinned with @ is evaluated once for all steps", true, true},
    {Optimization::kHistogramStats, "histogram-stats", "histogram_count, _sum and _avg work on histograms without buckets", true,
     true},
    {Optimization::kLabelProjection, "label-projection", "sources are told which labels the aggregation above a selector needs"},
    {Optimization::kParallelAggregation, "parallel-aggregation", "workers aggregate the series they decode"},
};
static_assert(std::size(kOptimizations) == kOptimizationCount);

absl::StatusOr<OptimizationSet> ParseNames(std::string_view names) {
  OptimizationSet set;
  while (!names.empty()) {
    const size_t comma = std::min(names.find(','), names.size());
    const std::string_view name = names.substr(0, comma);
    names.remove_prefix(std::min(comma + 1, names.size()));
    const auto* found = std::ranges::find(kOptimizations, name, &OptimizationInfo::name);
    if (found != std::end(kOptimizations)) {
      set.Add(found->id);
    } else if (name == "all") {
      for (const OptimizationInfo& info : kOptimizations) set.Add(info.id);
    } else if (!name.empty()) {
      std::vector<std::string_view> known;
      for (const OptimizationInfo& info : kOptimizations) known.push_back(info.name);
      return InvalidArgument("{:?} is not an optimization of queries; there are all, {}", name, fmt::join(known, ", "));
    }
  }
  return set;
}

}  // namespace

std::span<const OptimizationInfo> AllOptimizations() { return kOptimizations; }

OptimizationSet DefaultOptimizations() {
  OptimizationSet set;
  for (const OptimizationInfo& info : kOptimizations) {
    if (info.by_default) set.Add(info.id);
  }
  return set;
}

absl::StatusOr<OptimizationSet> WithoutOptimizations(std::string_view names) {
  VARVE_ASSIGN_OR_RETURN(const OptimizationSet without, ParseNames(names));
  OptimizationSet set = DefaultOptimizations();
  for (const OptimizationInfo& info : kOptimizations) {
    if (without.Has(info.id)) set.Remove(info.id);
  }
  return set;
}

absl::StatusOr<OptimizationSet> WithOptimizations(OptimizationSet set, std::string_view names) {
  VARVE_ASSIGN_OR_RETURN(const OptimizationSet with, ParseNames(names));
  for (const OptimizationInfo& info : kOptimizations) {
    if (with.Has(info.id)) set.Add(info.id);
  }
  return set;
}

}  // namespace varve::promql
