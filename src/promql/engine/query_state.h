// What the operators of one running query share: the source, the options, what is counted and what is to be said at the end.
//
// Threads  `annotations` and `operator` tree belong to the thread that runs the query; the counters may be used by workers.
#pragma once

#include <absl/status/status.h>

#include <atomic>
#include <cstdint>

#include "promql/engine/annotations.h"
#include "promql/engine/engine_options.h"
#include "promql/engine/sample_tally.h"
#include "promql/engine/shared_selections.h"
#include "promql/engine/step_series.h"
#include "promql/planner/optimization.h"
#include "runtime/context.h"
#include "runtime/memory_budget.h"
#include "storage/series_source.h"

namespace varve::promql {

// The samples a query holds at a time, against EngineOptions::samples_max, and what it has decoded altogether.
class SampleAccount {
 public:
  explicit SampleAccount(int64_t samples_max) : samples_max_(samples_max) {}

  absl::Status Hold(int64_t samples);           // ResourceExhausted past the limit
  absl::Status CheckSteps(size_t steps) const;  // the same, if already one series would be too much
  void Release(int64_t samples) { held_.fetch_sub(samples, std::memory_order_relaxed); }
  void CountDecoded(int64_t samples) { decoded_.fetch_add(samples, std::memory_order_relaxed); }

  int64_t peak() const { return peak_.load(std::memory_order_relaxed); }
  int64_t decoded() const { return decoded_.load(std::memory_order_relaxed); }

 private:
  const int64_t samples_max_;
  std::atomic<int64_t> held_{0}, peak_{0}, decoded_{0};
};

struct QueryState {
  const EngineOptions& options;
  SeriesSource& source;
  int64_t lookback_ms;
  StepGrid grid;  // of the whole query
  SampleAccount samples;
  SampleTally& tally;
  Annotations annotations;
  OptimizationCounts fired;
  bool measure_operators = false;  // operators count samples and bytes
  SharedSelections selections;     // over `source`

  // True if `id` is switched on; counts that there was something for it to do.
  bool Apply(Optimization id) {
    if (!options.optimizations.Has(id)) return false;
    fired.Add(id);
    return true;
  }
};

// Samples and bytes that an operator keeps, given back when it is done.
class HeldSamples {
 public:
  HeldSamples(QueryState& query, MemoryBudget* memory) : query_(query), bytes_(memory) {}
  ~HeldSamples() { Release(); }
  HeldSamples(const HeldSamples&) = delete;
  HeldSamples& operator=(const HeldSamples&) = delete;

  absl::Status Add(const StepSeries& series) { return Add(series.SampleCount(), series.heap_bytes()); }
  absl::Status Add(int64_t samples, int64_t bytes);
  void Release();

 private:
  QueryState& query_;
  int64_t samples_ = 0;
  MemoryReservation bytes_;
};

}  // namespace varve::promql
