#include "runtime/memory_metrics.h"

#include <chrono>
#include <utility>

namespace varve {

MemoryMetrics::MemoryMetrics(MetricsRegistry& registry, const std::string& name, const MemoryBudget& budget)
    : budget_(budget),
      used_(NewGauge(registry, "varve_memory_used_bytes", "Memory counted against the budget.", {{"budget", name}})),
      peak_(NewGauge(registry, "varve_memory_peak_bytes", "The most that was counted against the budget so far.",
                     {{"budget", name}})),
      refusals_(NewCounter(registry, "varve_memory_refusals_total",
                           "Requests for memory that were refused because the budget, or one within it, was full.",
                           {{"budget", name}})),
      task_("memory-metrics", SystemClock(), std::chrono::seconds(1), [this](const Context&) { Look(); }) {
  NewGauge(registry, "varve_memory_limit_bytes", "Most memory the budget allows. 0: no limit.", {{"budget", name}})
      .Set(static_cast<double>(budget.limit()));
}

void MemoryMetrics::Look() {
  used_.Set(static_cast<double>(budget_.used()));
  peak_.Set(static_cast<double>(budget_.peak()));
  const int64_t refusals = budget_.refusals();
  refusals_.Increment(static_cast<double>(refusals - std::exchange(refusals_seen_, refusals)));
}

}  // namespace varve
