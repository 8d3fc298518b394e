// Lets so many callers in at once; the others wait, each as long as its context lasts.
//
//   VARVE_ASSIGN_OR_RETURN(const Gate::Ticket ticket, gate.Enter(ctx));     // leaves when the ticket goes
//
//   <prefix>gate_queries_max, _in_flight, _total, <prefix>gate_duration_seconds (of the wait), and the same as
//   <prefix>gate_queries_duration_seconds, which is what Thanos has called it since 0.34
//
// Errors   Cancelled or DeadlineExceeded when the context ends before there is room.
// Threads  share freely. The gate outlives its tickets.
// Source   thanos pkg/gate/gate.go.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <utility>

#include "base/mutex.h"
#include "runtime/context.h"
#include "runtime/metrics.h"

namespace varve {

class Gate {
 public:
  class Ticket {
   public:
    explicit Ticket(Gate* gate) : gate_(gate) {}
    Ticket(Ticket&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket() {
      if (gate_ != nullptr) gate_->Leave();
    }

   private:
    Gate* gate_;
  };

  Gate(MetricsRegistry& registry, const std::string& prefix, int width);  // width 0 lets everybody in

  absl::StatusOr<Ticket> Enter(const Context& ctx);

 private:
  void Leave();

  const int width_;
  Gauge& in_flight_metric_;
  Counter& entered_;
  HistogramMetric& waited_;
  HistogramMetric& queries_waited_;
  Mutex mutex_;
  CondVar left_;
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace varve
