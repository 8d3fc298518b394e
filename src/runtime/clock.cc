#include "runtime/clock.h"

#include <algorithm>

#include "base/mutex.h"

namespace varve {
namespace {

class RealClock : public Clock {
 public:
  TimestampMs NowMs() const override {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  }
  absl::Status Sleep(const Context& ctx, std::chrono::milliseconds duration) override {
    auto until = Context::Clock::now() + duration;
    if (ctx.deadline().has_value()) until = std::min(until, *ctx.deadline());
    Mutex mutex;
    CondVar wake;
    MutexLock lock(mutex);
    wake.wait_until(lock, ctx.stop_token(), until, [] { return false; });
    return ctx.Check();
  }
};

}  // namespace

Clock& SystemClock() {
  static RealClock& clock = *new RealClock;
  return clock;
}

absl::Status FakeClock::Sleep(const Context& ctx, std::chrono::milliseconds duration) {
  Advance(duration);
  return ctx.Check();
}

}  // namespace varve
