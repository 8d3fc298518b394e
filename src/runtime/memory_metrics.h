// A memory budget in /metrics: varve_memory_{limit,used,peak}_bytes{budget}, varve_memory_refusals_total{budget}.
//
//   MemoryMetrics metrics(registry, "store", budget);
//   metrics.Start();                 // looks once a second
//
// Threads  one of its own. Registry and budget outlive it.
#pragma once

#include <string>

#include "runtime/memory_budget.h"
#include "runtime/metrics.h"
#include "runtime/periodic_task.h"

namespace varve {

class MemoryMetrics {
 public:
  MemoryMetrics(MetricsRegistry& registry, const std::string& name, const MemoryBudget& budget);

  void Start() { task_.Start(); }
  void Look();  // one round

 private:
  const MemoryBudget& budget_;
  Gauge& used_;
  Gauge& peak_;
  Counter& refusals_;
  int64_t refusals_seen_ = 0;
  PeriodicTask task_;
};

}  // namespace varve
