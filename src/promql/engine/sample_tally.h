// How many samples the parts of a query look at, as Prometheus counts them.
//
//   root             the steps of the query
//    +- once         what does not change from step to step: looked at once, and counted at every step
//    +- part         computed for others, too: the same steps
//    +- subquery     on steps of its own: what is looked at there is read, and queried only as often as windows then hold it
//
// Shape    queried: each sample as often as a step or its window holds it. read: samples that no step before held. By step only
//          if that is asked for; otherwise what a subquery reads is counted even where no window of its own query holds it.
// Threads  Add from any; the rest from the thread that plans and ends the query.
// Source   prometheus util/stats/query_stats.go, QuerySamples.
#pragma once

#include <absl/status/statusor.h>

#include <atomic>
#include <memory>
#include <vector>

#include "promql/engine/step_series.h"
#include "runtime/memory_budget.h"

namespace varve::promql {

struct SampleCounts {
  int64_t queried = 0, read = 0;
  friend bool operator==(const SampleCounts&, const SampleCounts&) = default;
};

class SampleTally {
 public:
  static absl::StatusOr<std::unique_ptr<SampleTally>> Make(const StepGrid& grid, bool by_step, MemoryBudget* memory);

  // What of a subquery's steps the query around it looks at: windows of `range_ms` that end `offset_ms` before its steps.
  // A range of 0: all of them are the answer.
  struct Windows {
    int64_t range_ms = 0, offset_ms = 0;
  };
  absl::StatusOr<SampleTally*> AddOnce(const StepGrid& grid);
  absl::StatusOr<SampleTally*> AddPart();
  absl::StatusOr<SampleTally*> AddSubquery(const StepGrid& grid, Windows windows);

  bool by_step() const { return !steps_.empty(); }
  void Add(SampleCounts counts);                     // altogether
  void AddAtStep(size_t step, SampleCounts counts);  // and where; only if by_step()
  // What is counted here has been computed by another part of the query, on the same steps.
  void CountAs(SampleTally& other) { same_as_ = &other; }

  void Close();  // brings in what the parts have counted, at the end; a second call does nothing
  SampleCounts total() const { return {queried_.load(std::memory_order_relaxed), read_.load(std::memory_order_relaxed)}; }
  std::vector<SampleCounts> steps() const;  // empty unless by_step()

 private:
  enum class Kind { kOnce, kPart, kSubquery };
  struct AtomicCounts {
    std::atomic<int64_t> queried{0}, read{0};
  };
  struct Child {
    Kind kind;
    Windows windows;
    std::unique_ptr<SampleTally> tally;
  };

  SampleTally(const StepGrid& grid, MemoryBudget* memory) : grid_(grid), memory_(memory), bytes_(memory) {}
  absl::StatusOr<SampleTally*> AddChild(Kind kind, const StepGrid& grid, Windows windows);
  void TakeAll(const SampleTally& other);
  void TakeOnce(const SampleTally& child);
  void TakeSubquery(const SampleTally& child, Windows windows);
  void TakeRead(int64_t read, size_t step);

  const StepGrid grid_;
  MemoryBudget* const memory_;
  MemoryReservation bytes_;  // of steps_
  std::atomic<int64_t> queried_{0}, read_{0};
  std::vector<AtomicCounts> steps_;
  std::vector<Child> children_;
  SampleTally* same_as_ = nullptr;
  bool closed_ = false;
};

}  // namespace varve::promql
