// Series under construction, found by their labels: where several inputs may contribute to one output series, each at its own
// steps.
//
// Shape    keeps the order in which label sets first came.
// Errors   FailedPrecondition when two contributions meet at one step, with Prometheus' words.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>

#include <vector>

#include "promql/engine/operator.h"

namespace varve::promql {

absl::Status DuplicateLabelset();  // vector cannot contain metrics with the same labelset

class SeriesByLabels {
 public:
  SeriesByLabels(QueryState& query, MemoryBudget* memory) : held_(query, memory) {}

  // The place of the series with these labels; size() before the call if it is new.
  size_t Find(const Labels& labels);
  // Adds the samples of `series` to the one with equal labels.
  absl::Status Merge(StepSeries&& series);

  size_t size() const { return series_.size(); }
  StepSeries& at(size_t i) { return series_[i]; }
  std::vector<StepSeries>& series() { return series_; }
  HeldSamples& held() { return held_; }

 private:
  HeldSamples held_;
  std::vector<StepSeries> series_;
  absl::flat_hash_map<uint64_t, std::vector<uint32_t>> by_hash_;  // of labels; usually one each
};

}  // namespace varve::promql
