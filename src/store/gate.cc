#include "store/gate.h"

#include <chrono>

#include "base/status_macros.h"

namespace varve {
namespace {

constexpr char kWaitedHelp[] = "How many seconds it took for queries to wait at the gate.";
const MetricBuckets kWaitedSeconds = {0.01, 0.1, 0.3, 0.6, 1, 3, 6, 9, 20, 30, 60, 90, 120, 240, 360, 720};

}  // namespace

Gate::Gate(MetricsRegistry& registry, const std::string& prefix, int width)
    : width_(width),
      in_flight_metric_(NewGauge(registry, prefix + "gate_queries_in_flight", "Number of queries that are currently in flight.")),
      entered_(NewCounter(registry, prefix + "gate_queries_total", "Total number of queries.")),
      waited_(NewHistogram(registry, prefix + "gate_duration_seconds", kWaitedHelp, kWaitedSeconds)),
      queries_waited_(NewHistogram(registry, prefix + "gate_queries_duration_seconds", kWaitedHelp, kWaitedSeconds)) {
  NewGauge(registry, prefix + "gate_queries_max", "Maximum number of concurrent queries.").Set(width);
}

absl::StatusOr<Gate::Ticket> Gate::Enter(const Context& ctx) {
  using Clock = Context::Clock;
  const Clock::time_point start = Clock::now();
  MutexLock lock(mutex_);
  const auto room = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return width_ == 0 || in_flight_ < width_; };
  if (ctx.deadline().has_value()) {
    left_.wait_until(lock, ctx.stop_token(), *ctx.deadline(), room);
  } else {
    left_.wait(lock, ctx.stop_token(), room);
  }
  VARVE_RETURN_IF_ERROR(ctx.Check());
  if (!room()) return absl::DeadlineExceededError("waiting for other queries to end");
  const double waited = std::chrono::duration<double>(Clock::now() - start).count();
  waited_.Observe(waited);
  queries_waited_.Observe(waited);
  entered_.Increment();
  in_flight_metric_.Set(++in_flight_);
  return Ticket(this);
}

void Gate::Leave() {
  MutexLock lock(mutex_);
  in_flight_metric_.Set(--in_flight_);
  left_.notify_one();
}

}  // namespace varve
