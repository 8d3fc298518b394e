// What stands between a bucket that fails and a storm of retries: a retry spends a token, a request that was answered earns one, and a
// trickle comes back with time. With half of all requests failing every retry is still paid for; when all fail, what is left
// after the first burst is the trickle.
//
// Threads  share freely.
#pragma once

#include <algorithm>

#include "base/mutex.h"
#include "runtime/clock.h"

namespace varve {

class RetryBudget {
 public:
  struct Options {
    double capacity = 100;
    double per_answer = 1;
    double per_second = 2;
  };
  RetryBudget(Options options, Clock& clock)
      : options_(options), clock_(clock), tokens_(options.capacity), refilled_(clock.NowMs()) {}

  void OnAnswered() {
    MutexLock lock(mutex_);
    tokens_ = std::min(options_.capacity, tokens_ + options_.per_answer);
  }
  bool TrySpend() {
    MutexLock lock(mutex_);
    const TimestampMs now = clock_.NowMs();
    const double seconds = static_cast<double>(std::max<int64_t>(now - refilled_, 0)) / 1'000;
    refilled_ = now;
    tokens_ = std::min(options_.capacity, tokens_ + seconds * options_.per_second);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  const Options options_;
  Clock& clock_;
  Mutex mutex_;
  double tokens_ ABSL_GUARDED_BY(mutex_);
  TimestampMs refilled_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace varve
