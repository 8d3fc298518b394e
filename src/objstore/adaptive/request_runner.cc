#include "objstore/adaptive/request_runner.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/bucket_errors.h"

namespace varve {
namespace {

constexpr std::chrono::seconds kBudgetPause(1);
constexpr int kBudgetPausesMax = 60;
constexpr int kFailuresToTell = 3;   // in a row, of one call
constexpr int kThrottlesToTell = 6;  // likewise: to be told to slow down a few times is how the rate is found out
constexpr int64_t kTellPauseMs = 60'000;

std::chrono::steady_clock::time_point Now() { return std::chrono::steady_clock::now(); }

// Adds to `counter` how long it lives.
class WaitTimer {
 public:
  explicit WaitTimer(Counter& counter) : counter_(counter) {}
  ~WaitTimer() { counter_.Increment(std::chrono::duration<double>(Now() - start_).count()); }

 private:
  Counter& counter_;
  const std::chrono::steady_clock::time_point start_ = Now();
};

}  // namespace

RequestRunner::RequestRunner(const BucketTuning& tuning, MetricsRegistry& registry, const std::string& bucket, Clock& clock,
                             uint64_t seed, Logger log)
    : tuning_(tuning),
      clock_(clock),
      rate_(tuning.rate, clock),
      concurrency_(tuning.concurrency, clock),
      retries_(tuning.retries, clock),
      metrics_(registry, bucket),
      log_(std::move(log)),
      random_(seed) {
  metrics_.concurrency_limit.Set(concurrency_.limit());
  metrics_.rate_limit.Set(rate_.limit());
}

absl::Status RequestRunner::Run(const Context& ctx, const BucketCall& call, const Attempt& attempt, const uint64_t* progress) {
  int failures = 0;  // in a row
  uint64_t progress_before = 0;
  while (true) {
    VARVE_RETURN_IF_ERROR(Annotate(Admit(ctx, call.kind), "{} {}: wait for its turn", call.operation, call.name));
    Failure failure = Failure::kNone;
    const absl::Status status = Try(ctx, call, attempt, failure);
    if (failure == Failure::kNone) return status;
    if (!ctx.Check().ok()) return Annotate(ctx.Check(), "{} {}: {}", call.operation, call.name, Message(status));
    const bool got_further = progress != nullptr && *progress > progress_before;
    if (got_further) progress_before = *progress;
    failures = got_further ? 1 : failures + 1;
    if (failures == (failure == Failure::kThrottled ? kThrottlesToTell : kFailuresToTell)) TellOfFailures(call, status, failures);
    VARVE_RETURN_IF_ERROR(PrepareRetry(ctx, call, status, failure, failures));
  }
}

absl::Status RequestRunner::Admit(const Context& ctx, BucketRequest kind) {
  {
    const WaitTimer timer(metrics_.rate_wait_seconds);
    VARVE_RETURN_IF_ERROR(rate_.Acquire(ctx));
  }
  Count(ctx, kind);
  return absl::OkStatus();
}

void RequestRunner::Count(const Context& ctx, BucketRequest kind, uint64_t requests) {
  const uint64_t price = tuning_.prices.NanodollarsOf(kind);
  metrics_.requests[static_cast<size_t>(kind)]->Increment(static_cast<double>(requests));
  metrics_.cost_dollars.Increment(static_cast<double>(price * requests) * 1e-9);
  if (ctx.usage() == nullptr) return;
  for (uint64_t i = 0; i < requests; ++i) ctx.usage()->AddRequest(kind, price);
}

void RequestRunner::CountRead(const Context& ctx, uint64_t bytes) {
  const uint64_t price = tuning_.prices.NanodollarsOfRead(bytes);
  metrics_.read_bytes.Increment(static_cast<double>(bytes));
  metrics_.cost_dollars.Increment(static_cast<double>(price) * 1e-9);
  if (ctx.usage() != nullptr) ctx.usage()->AddRead(bytes, price);
}

void RequestRunner::CountWritten(const Context& ctx, uint64_t bytes) {
  metrics_.written_bytes.Increment(static_cast<double>(bytes));
  if (ctx.usage() != nullptr) ctx.usage()->AddWritten(bytes);
}

absl::StatusOr<ConcurrencyLimit::Slot> RequestRunner::Enter(const Context& ctx) {
  const WaitTimer timer(metrics_.concurrency_wait_seconds);
  return concurrency_.Enter(ctx);
}

absl::Status RequestRunner::Try(const Context& ctx, const BucketCall& call, const Attempt& attempt, Failure& failure) {
  std::optional<ConcurrencyLimit::Slot> slot;
  if (!call.visits) {
    VARVE_ASSIGN_OR_RETURN(ConcurrencyLimit::Slot entered, Enter(ctx));
    slot.emplace(std::move(entered));
  }
  metrics_.in_flight.Increment();
  const auto start = Now();
  const std::chrono::milliseconds timeout = TimeoutOf(call.bytes);
  absl::Status status = attempt(call.visits ? ctx : ctx.WithTimeout(timeout));
  const auto took = Now() - start;
  metrics_.in_flight.Decrement();

  if (absl::IsResourceExhausted(status) || (absl::IsUnavailable(status) && RetryAfter(status).has_value())) {
    failure = Failure::kThrottled;
  } else if (absl::IsDeadlineExceeded(status)) {
    failure = Failure::kTimeout;
    if (ctx.Check().ok()) status = Unavailable("no answer within {} ms: {}", timeout.count(), Message(status));
  } else if (IsRetryable(status)) {
    failure = Failure::kUnavailable;
  }
  if (ctx.Check().ok()) Learn(call, failure, status, took, slot);
  return status;
}

void RequestRunner::Learn(const BucketCall& call, Failure failure, const absl::Status& status, LatencyModel::Duration took,
                          std::optional<ConcurrencyLimit::Slot>& slot) {
  using Outcome = ConcurrencyLimit::Outcome;
  Outcome outcome = Outcome::kUnknown;
  double slowness = 1;
  if (failure == Failure::kNone) {
    outcome = Outcome::kAnswered;
    rate_.OnAnswered();
    retries_.OnAnswered();
    if (!call.visits) {
      slowness = latencies_.Slowness(call.kind, call.bytes, took);
      latencies_.Record(call.kind, call.bytes, took);
    }
  } else if (failure == Failure::kThrottled) {
    metrics_.throttled.Increment();
    rate_.OnThrottled(RetryAfter(status));
  } else if (failure == Failure::kTimeout) {
    outcome = Outcome::kOverloaded;
  }
  if (slot.has_value()) slot->Release(outcome, slowness);
  metrics_.concurrency_limit.Set(concurrency_.limit());
  metrics_.rate_limit.Set(rate_.limit());
}

absl::Status RequestRunner::PrepareRetry(const Context& ctx, const BucketCall& call, const absl::Status& status, Failure failure,
                                         int failures) {
  const auto give_up = [&](Counter& counter, std::string_view why) {
    counter.Increment();
    const std::string_view space = call.name.empty() ? "" : " ";  // the root has no name
    return Annotate(status, "{}{}{}: gave up after {} tries in a row, {}", call.operation, space, call.name, failures, why);
  };
  if (failures >= tuning_.attempts_max) return give_up(metrics_.gave_up_attempts, "which is the most");
  const std::chrono::milliseconds delay = std::max(Backoff(failures), RetryAfter(status).value_or(std::chrono::milliseconds(0)));
  if (delay >= ctx.time_left()) return give_up(metrics_.gave_up_deadline, "as the deadline leaves no time for another");
  if (!SpendRetry(ctx)) {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    return give_up(metrics_.gave_up_budget, "as too many requests to the bucket fail");
  }
  (failure == Failure::kThrottled ? metrics_.retries_throttled
   : failure == Failure::kTimeout ? metrics_.retries_timeout
                                  : metrics_.retries_unavailable)
      .Increment();
  if (ctx.usage() != nullptr) ctx.usage()->AddRetry();
  return clock_.Sleep(ctx, delay);
}

void RequestRunner::TellOfFailures(const BucketCall& call, const absl::Status& status, int failures) {
  const TimestampMs now = clock_.NowMs();
  TimestampMs told = told_;
  if (now - told < kTellPauseMs || !told_.compare_exchange_strong(told, now)) return;
  log_.Warn("requests to the bucket fail; trying on",
            {{"operation", call.operation}, {"object", call.name}, {"tries", failures}, {"err", status}});
}

bool RequestRunner::SpendRetry(const Context& ctx) {
  for (int pauses = 0; !retries_.TrySpend(); ++pauses) {
    if (ctx.priority() == Priority::kQuery || pauses == kBudgetPausesMax) return false;
    if (!clock_.Sleep(ctx, kBudgetPause).ok()) return false;
  }
  return true;
}

std::chrono::milliseconds RequestRunner::Backoff(int failures) {
  const int64_t first = tuning_.backoff_first.count();
  const int64_t most = std::min(tuning_.backoff_max.count(), first << std::min(failures - 1, 20));
  MutexLock lock(random_mutex_);
  return std::chrono::milliseconds(std::uniform_int_distribution<int64_t>(0, most)(random_));
}

std::chrono::milliseconds RequestRunner::TimeoutOf(uint64_t bytes) const {
  return tuning_.request_timeout + std::chrono::milliseconds(bytes * 1'000 / tuning_.bytes_per_second_min);
}

std::optional<LatencyModel::Duration> RequestRunner::HedgeDelay(uint64_t bytes) const {
  const auto usual = latencies_.Quantile(BucketRequest::kGet, bytes, tuning_.hedge_quantile, tuning_.hedge_samples_min);
  if (!usual.has_value()) return std::nullopt;
  return std::max<LatencyModel::Duration>(*usual, tuning_.hedge_delay_min);
}

std::shared_ptr<void> RequestRunner::AdmitHedge() {
  std::optional<ConcurrencyLimit::Slot> slot = concurrency_.TryEnter();
  if (!slot.has_value() || !rate_.TryAcquire()) return nullptr;
  Count(Context(), BucketRequest::kGet);
  metrics_.hedges.Increment();
  return std::make_shared<ConcurrencyLimit::Slot>(*std::move(slot));
}

}  // namespace varve
