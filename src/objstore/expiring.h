// A secret that is good for a while: kept, fetched anew before it expires, fetched once for all who ask at the same time.
//
//   Expiring<AwsCredentials> credentials([&](const Context& ctx) { return FetchThem(ctx); }, clock);
//   VARVE_ASSIGN_OR_RETURN(const AwsCredentials now, credentials.Get(ctx));
//
// Shape    T has `std::optional<TimestampMs> expires`, a `source` for messages, and bool SameSecret(const T&, const T&).
// Errors   those of the fetch, kept for some seconds, so that what is missing does not cost a request each; FailedPrecondition if
//          what was fetched has expired already.
// Threads  share freely; one caller fetches, the others go on with the old one while it is good. `clock` outlives this.
#pragma once

#include <absl/status/statusor.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "base/errors.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "base/time_range.h"
#include "runtime/clock.h"
#include "runtime/context.h"

namespace varve {

template <typename T>
class Expiring {
 public:
  using Fetch = std::function<absl::StatusOr<T>(const Context&)>;

  Expiring(Fetch fetch, Clock& clock) : fetch_(std::move(fetch)), clock_(clock) {}

  absl::StatusOr<T> Get(const Context& ctx) {
    MutexLock lock(mutex_);
    return GetLocked(ctx, lock);
  }

  // The server no longer takes `refused`: fetches again, unless somebody did meanwhile. False: there is no other.
  bool Renew(const Context& ctx, const T& refused) {
    MutexLock lock(mutex_);
    if (current_.has_value() && SameSecret(*current_, refused)) {
      if (!refused.expires.has_value()) return false;  // such do not change
      current_->expires = 0;
      retry_at_ = 0;
    }
    const absl::StatusOr<T> fresh = GetLocked(ctx, lock);
    return fresh.ok() && !SameSecret(*fresh, refused);
  }

 private:
  enum class Need { kNone, kSoon, kNow };

  static constexpr TimestampMs kFetchBeforeMs = 5 * 60'000;
  static constexpr TimestampMs kFailureKeptMs = 5'000;

  Need NeedToFetch() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!current_.has_value()) return Need::kNow;
    if (!current_->expires.has_value()) return Need::kNone;
    const TimestampMs left = *current_->expires - clock_.NowMs();
    return left <= 0 ? Need::kNow : left < kFetchBeforeMs ? Need::kSoon : Need::kNone;
  }

  absl::StatusOr<T> GetLocked(const Context& ctx, MutexLock& lock) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    while (true) {
      const Need need = NeedToFetch();
      if (need == Need::kNone || (need == Need::kSoon && (fetching_ || clock_.NowMs() < retry_at_))) return *current_;
      if (!fetching_ && clock_.NowMs() < retry_at_) return failure_;
      if (!fetching_) break;
      const auto patience = std::min<Context::Clock::duration>(ctx.time_left(), std::chrono::seconds(1));
      fetched_.wait_for(lock, ctx.stop_token(), patience, [this] { return !fetching_; });
      VARVE_RETURN_IF_ERROR(ctx.Check());
    }
    fetching_ = true;
    lock.unlock();
    absl::StatusOr<T> fresh = fetch_(ctx);
    lock.lock();
    fetching_ = false;
    fetched_.notify_all();
    const bool callers_fault = !fresh.ok() && !ctx.Check().ok();
    if (callers_fault) return NeedToFetch() == Need::kNow ? fresh : *current_;
    Keep(std::move(fresh));
    return NeedToFetch() == Need::kNow ? absl::StatusOr<T>(failure_) : *current_;
  }

  void Keep(absl::StatusOr<T> fresh) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    retry_at_ = clock_.NowMs() + kFailureKeptMs;
    if (!fresh.ok()) {
      failure_ = fresh.status();
      return;
    }
    current_ = *std::move(fresh);
    failure_ = FailedPrecondition("the credentials of {} have expired", current_->source);
    if (NeedToFetch() == Need::kNone) retry_at_ = 0;  // what is short-lived is not fetched for each request
  }

  const Fetch fetch_;
  Clock& clock_;
  Mutex mutex_;
  CondVar fetched_;
  bool fetching_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<T> current_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  TimestampMs retry_at_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace varve
