// How many requests a second a bucket is asked for: a budget that was configured, and, below it, what a server that throttles turns
// out to take.
//
//   VARVE_RETURN_IF_ERROR(rate.Acquire(ctx));      // before each request; waits for its turn
//   rate.OnAnswered();  or  rate.OnThrottled(retry_after);
//
// Shape    a token bucket. The first refusal sets the rate to what was answered in the last second, less a tenth; from there it grows
//          by a twentieth a second, to find out whether the server takes more by now. Refusals that do not get fewer at a lower
//          rate are no sign of a rate limit: for a while they then change nothing.
//          A Retry-After silences everybody until then, a minute at most.
// Errors   only those of the context, when it ends before the turn comes.
// Threads  share freely.
#pragma once

#include <absl/status/status.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "base/mutex.h"
#include "objstore/adaptive/waiter_queue.h"
#include "runtime/clock.h"
#include "runtime/context.h"

namespace varve {

class RequestRate {
 public:
  struct Options {
    double per_second = 0;  // 0: no budget
    double burst = 0;       // requests that may come at once; 0: a tenth of a second's
  };
  RequestRate(Options options, Clock& clock);

  absl::Status Acquire(const Context& ctx);
  bool TryAcquire();  // without waiting, and only if nobody waits

  void OnAnswered();
  void OnThrottled(std::optional<std::chrono::milliseconds> retry_after);

  double limit() const;  // requests a second now; 0: none
  int waiting() const;

 private:
  static constexpr int64_t kSlotMs = 100;
  static constexpr size_t kSlots = 10;
  struct RecentSlot {
    int64_t number = -1;  // since 1970
    double answered = 0, throttled = 0;
  };
  struct Recent {
    double answered = 0, throttled = 0;
    double throttled_share() const { return throttled / std::max(1.0, answered + throttled); }
  };

  double Limit() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Refill(TimestampMs now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeToken(TimestampMs now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void GrantAll(TimestampMs now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::chrono::milliseconds UntilNext(TimestampMs now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LearnLimit(TimestampMs now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  RecentSlot& SlotAt(TimestampMs now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Recent LastSecond(TimestampMs now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  Clock& clock_;
  mutable Mutex mutex_;
  WaiterQueue waiters_ ABSL_GUARDED_BY(mutex_);
  WaiterQueue::Waiter* timekeeper_ ABSL_GUARDED_BY(mutex_) = nullptr;  // the one waiter that sleeps until the next token
  double tokens_ ABSL_GUARDED_BY(mutex_) = 0;
  TimestampMs refilled_ ABSL_GUARDED_BY(mutex_) = 0;
  TimestampMs silent_until_ ABSL_GUARDED_BY(mutex_) = 0;
  std::array<RecentSlot, kSlots> recent_ ABSL_GUARDED_BY(mutex_);

  double learned_ ABSL_GUARDED_BY(mutex_) = 0;  // 0: nothing
  TimestampMs last_cut_ ABSL_GUARDED_BY(mutex_) = 0;
  double share_at_cut_ ABSL_GUARDED_BY(mutex_) = 0;
  int vain_cuts_ ABSL_GUARDED_BY(mutex_) = 0;
  TimestampMs deaf_until_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace varve
