#include "api/query_gate.h"

#include <chrono>

namespace varve {
namespace {

MetricBuckets WaitBuckets() { return {0.01, 0.1, 0.3, 0.6, 1, 3, 6, 9, 20, 30, 60, 90, 120, 240, 360, 720}; }

}  // namespace

QueryGate::QueryGate(MetricsRegistry& registry, const std::string& prefix, size_t queries_max)
    : queries_max_(queries_max),
      in_flight_(NewGauge(registry, prefix + "gate_queries_in_flight", "Number of queries that are currently in flight.")),
      total_(NewCounter(registry, prefix + "gate_queries_total", "Total number of queries.")),
      waited_seconds_(NewHistogram(registry, prefix + "gate_queries_duration_seconds",
                                   "How many seconds it took for queries to wait at the gate.", WaitBuckets())) {
  NewGauge(registry, prefix + "gate_queries_max", "Maximum number of concurrent queries.").Set(static_cast<double>(queries_max));
}

absl::StatusOr<QueryGate::Pass> QueryGate::Enter(const Context& ctx) {
  const auto start = std::chrono::steady_clock::now();
  {
    MutexLock lock(mutex_);
    const auto free = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return queries_max_ == 0 || running_ < queries_max_; };
    const bool entered = ctx.deadline().has_value() ? freed_.wait_until(lock, ctx.stop_token(), *ctx.deadline(), free)
                                                    : freed_.wait(lock, ctx.stop_token(), free);
    if (!entered) return ctx.Check();
    ++running_;
  }
  const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - start;
  waited_seconds_.Observe(waited.count());
  total_.Increment();
  in_flight_.Increment();
  return Pass(this);
}

void QueryGate::Leave() {
  in_flight_.Decrement();
  MutexLock lock(mutex_);
  --running_;
  freed_.notify_one();
}

}  // namespace varve
