// What the planner may do to a query so that it costs less, each of which can be switched off:
//
//   EngineOptions options;
//   VARVE_ASSIGN_OR_RETURN(options.optimizations, WithoutOptimizations("constant-folding,step-invariance"));
//
// Shape    the answer does not depend on them: values, labels, order, errors and annotations are the same bit by bit, but for
//          what comes of those that Prometheus does as well (see OptimizationInfo), and the last digits of sums: workers add up
//          tile by tile, so that without kParallelAggregation numbers are added in another order.
// Errors   InvalidArgument for a name that does not exist; the message lists those that do.
// Threads  values.
#pragma once

#include <absl/status/statusor.h>

#include <array>
#include <bitset>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace varve::promql {

// clang-format off
enum class Optimization : uint8_t {
  kConstantFolding, kMatcherPropagation, kSharedExpressions, kSharedSelections, kStepInvariance, kHistogramStats, kLabelProjection, kParallelAggregation
};
// clang-format on
inline constexpr size_t kOptimizationCount = 8;

struct OptimizationInfo {
  Optimization id;
  std::string_view name, description;
  bool by_default = true;
  // Prometheus does it too, and its annotations, and with histogram-stats its view of resets of gauge histograms, come of it:
  // without it they may differ.
  bool prometheus_does = false;
};
std::span<const OptimizationInfo> AllOptimizations();  // in the order of the enum

class OptimizationSet {
 public:
  bool Has(Optimization id) const { return bits_.test(static_cast<size_t>(id)); }
  void Add(Optimization id) { bits_.set(static_cast<size_t>(id)); }
  void Remove(Optimization id) { bits_.reset(static_cast<size_t>(id)); }
  bool empty() const { return bits_.none(); }
  friend bool operator==(const OptimizationSet&, const OptimizationSet&) = default;

 private:
  std::bitset<kOptimizationCount> bits_;
};
OptimizationSet DefaultOptimizations();

// How often each one found something to do in a query.
class OptimizationCounts {
 public:
  void Add(Optimization id, int64_t times = 1) { counts_[static_cast<size_t>(id)] += times; }
  int64_t Of(Optimization id) const { return counts_[static_cast<size_t>(id)]; }

 private:
  std::array<int64_t, kOptimizationCount> counts_{};
};

// The default ones without those of a comma list; "all" stands for every one.
absl::StatusOr<OptimizationSet> WithoutOptimizations(std::string_view names);
// `set` and those of a comma list.
absl::StatusOr<OptimizationSet> WithOptimizations(OptimizationSet set, std::string_view names);

}  // namespace varve::promql
