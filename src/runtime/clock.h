// Wall-clock time as a parameter, so that a test or the simulation can be at any moment it likes.
#pragma once

#include <atomic>

#include "base/time_range.h"
#include "runtime/context.h"

namespace varve {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimestampMs NowMs() const = 0;
  // Waits; answers early with Cancelled or DeadlineExceeded when the context ends.
  virtual absl::Status Sleep(const Context& ctx, std::chrono::milliseconds duration) = 0;
};

Clock& SystemClock();  // lives for ever

// Stands still until told otherwise; Sleep moves it.
class FakeClock : public Clock {
 public:
  explicit FakeClock(TimestampMs now) : now_(now) {}
  TimestampMs NowMs() const override { return now_; }
  absl::Status Sleep(const Context& ctx, std::chrono::milliseconds duration) override;
  void Set(TimestampMs now) { now_ = now; }
  void Advance(std::chrono::milliseconds by) { now_ += by.count(); }

 private:
  std::atomic<TimestampMs> now_;
};

}  // namespace varve
