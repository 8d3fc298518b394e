// Lets so many queries run at a time; the others wait their turn.
//
//   VARVE_ASSIGN_OR_RETURN(const QueryGate::Pass pass, gate.Enter(ctx));   // leaves at the end of the scope
//
// Errors   Cancelled and DeadlineExceeded of the context, while waiting.
// Threads  share freely.
// Source   thanos pkg/gate: <prefix>gate_queries_{in_flight,max,total}, gate_queries_duration_seconds.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <utility>

#include "base/mutex.h"
#include "runtime/context.h"
#include "runtime/metrics.h"

namespace varve {

class QueryGate {
 public:
  // `prefix` is thanos_query_concurrent_ for a querier; `queries_max` 0 lets everyone in.
  QueryGate(MetricsRegistry& registry, const std::string& prefix, size_t queries_max);

  class Pass {
   public:
    explicit Pass(QueryGate* gate) : gate_(gate) {}
    ~Pass() {
      if (gate_ != nullptr) gate_->Leave();
    }
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;

   private:
    QueryGate* gate_;
  };
  absl::StatusOr<Pass> Enter(const Context& ctx);

 private:
  void Leave();

  const size_t queries_max_;
  Gauge& in_flight_;
  Counter& total_;
  HistogramMetric& waited_seconds_;
  Mutex mutex_;
  CondVar freed_;
  size_t running_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace varve
