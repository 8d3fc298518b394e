// Calls small functions some time from now, all on one thread of its own.
//
// Shape    what has not been called when the timer goes is dropped.
// Threads  After from anywhere, also from a function that is being called.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <thread>

#include "base/mutex.h"

namespace varve {

class DelayTimer {
 public:
  using Clock = std::chrono::steady_clock;

  DelayTimer() : thread_([this](std::stop_token stop) { Run(std::move(stop)); }) {}

  void After(Clock::duration delay, std::function<void()> call) {
    MutexLock lock(mutex_);
    calls_.emplace(Clock::now() + delay, std::move(call));
    wake_.notify_one();
  }

 private:
  void Run(std::stop_token stop) {
    MutexLock lock(mutex_);
    while (!stop.stop_requested()) {
      const auto changed = [this, next = calls_.empty() ? Clock::time_point::max() : calls_.begin()->first]()
                               ABSL_NO_THREAD_SAFETY_ANALYSIS { return !calls_.empty() && calls_.begin()->first < next; };
      if (calls_.empty()) {
        wake_.wait(lock, stop, changed);
        continue;
      }
      if (wake_.wait_until(lock, stop, calls_.begin()->first, changed) || stop.stop_requested()) continue;
      const std::function<void()> call = std::move(calls_.begin()->second);
      calls_.erase(calls_.begin());
      lock.unlock();
      call();
      lock.lock();
    }
  }

  Mutex mutex_;
  CondVar wake_;
  std::multimap<Clock::time_point, std::function<void()>> calls_ ABSL_GUARDED_BY(mutex_);
  std::jthread thread_;
};

}  // namespace varve
