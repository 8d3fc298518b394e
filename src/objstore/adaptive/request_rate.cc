#include "objstore/adaptive/request_rate.h"

#include <algorithm>
#include <cmath>

#include "base/status_macros.h"

namespace varve {
namespace {

constexpr double kLearnedMin = 5, kLearnedMax = 10'000;  // requests a second; above the most, there is no limit
constexpr double kCut = 0.9;
constexpr double kGrowthPerSecond = 0.05;
constexpr int64_t kCutPauseMs = 500;  // refusals of requests that were already under way say nothing new
constexpr int64_t kSilenceMaxMs = 60'000;

// When refusals are taken for something else than a rate limit, and for how long.
constexpr double kVainShare = 0.3, kVainShareKept = 0.7, kDeadShare = 0.95;
constexpr int kVainCutsMax = 3;
constexpr int64_t kVainWithinMs = 5'000, kDeafMs = 30'000;

}  // namespace

RequestRate::RequestRate(Options options, Clock& clock) : options_(options), clock_(clock), refilled_(clock.NowMs()) {
  tokens_ = std::max(1.0, options.burst > 0 ? options.burst : options.per_second / 10);
}

double RequestRate::Limit() const {
  if (learned_ == 0) return options_.per_second;
  return options_.per_second == 0 ? learned_ : std::min(learned_, options_.per_second);
}

void RequestRate::Refill(TimestampMs now) {
  const double seconds = static_cast<double>(std::clamp<int64_t>(now - refilled_, 0, 1'000)) / 1'000;
  refilled_ = now;
  if (learned_ > 0) learned_ *= 1 + kGrowthPerSecond * seconds;
  if (learned_ > kLearnedMax) learned_ = 0;
  const double rate = Limit();
  const double burst = std::max(1.0, options_.burst > 0 ? options_.burst : rate / 10);
  tokens_ = std::min(burst, tokens_ + rate * seconds);
}

bool RequestRate::TakeToken(TimestampMs now) {
  if (now < silent_until_) return false;
  if (Limit() == 0) return true;
  Refill(now);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

std::chrono::milliseconds RequestRate::UntilNext(TimestampMs now) const {
  if (now < silent_until_) return std::chrono::milliseconds(silent_until_ - now);
  const double rate = Limit();
  const double ms = rate == 0 ? 0 : (1 - tokens_) / rate * 1'000;
  return std::chrono::milliseconds(std::clamp<int64_t>(static_cast<int64_t>(std::ceil(ms)), 1, 1'000));
}

void RequestRate::GrantAll(TimestampMs now) {
  while (!waiters_.empty() && TakeToken(now)) waiters_.GrantNext(now);
  if (timekeeper_ == nullptr && !waiters_.empty()) waiters_.Next(now)->wake.notify_one();
}

// Whoever comes first while tokens are short sleeps until the next one and hands it to whose turn it is, itself or another; once it
// has its own, the next in line keeps the time.
absl::Status RequestRate::Acquire(const Context& ctx) {
  VARVE_RETURN_IF_ERROR(ctx.Check());
  MutexLock lock(mutex_);
  if (waiters_.empty() && TakeToken(clock_.NowMs())) return absl::OkStatus();
  WaiterQueue::Waiter me(ctx.priority());
  waiters_.Add(me, clock_.NowMs());
  while (!me.granted) {
    if (timekeeper_ != nullptr) {
      WaitFor(ctx, lock, me.wake, [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return me.granted || timekeeper_ == nullptr; });
      if (me.granted) break;
      if (timekeeper_ != nullptr) {  // the context has ended
        waiters_.Remove(me);
        return ctx.Check();
      }
    }
    GrantAll(clock_.NowMs());
    if (me.granted) break;
    timekeeper_ = &me;
    const std::chrono::milliseconds pause = UntilNext(clock_.NowMs());
    lock.unlock();
    const absl::Status slept = clock_.Sleep(ctx, pause);
    lock.lock();
    timekeeper_ = nullptr;
    if (!slept.ok() && !me.granted) {
      waiters_.Remove(me);
      GrantAll(clock_.NowMs());
      return slept;
    }
    GrantAll(clock_.NowMs());
  }
  if (timekeeper_ == nullptr) GrantAll(clock_.NowMs());
  return absl::OkStatus();
}

bool RequestRate::TryAcquire() {
  MutexLock lock(mutex_);
  return waiters_.empty() && TakeToken(clock_.NowMs());
}

RequestRate::RecentSlot& RequestRate::SlotAt(TimestampMs now) {
  const int64_t number = now / kSlotMs;
  RecentSlot& slot = recent_[static_cast<size_t>(number) % kSlots];
  if (slot.number != number) slot = {.number = number};
  return slot;
}

RequestRate::Recent RequestRate::LastSecond(TimestampMs now) const {
  Recent sum;
  for (const RecentSlot& slot : recent_) {
    if (slot.number <= now / kSlotMs - static_cast<int64_t>(kSlots)) continue;
    sum.answered += slot.answered;
    sum.throttled += slot.throttled;
  }
  return sum;
}

void RequestRate::OnAnswered() {
  MutexLock lock(mutex_);
  ++SlotAt(clock_.NowMs()).answered;
}

void RequestRate::OnThrottled(std::optional<std::chrono::milliseconds> retry_after) {
  MutexLock lock(mutex_);
  const TimestampMs now = clock_.NowMs();
  ++SlotAt(now).throttled;
  if (retry_after.has_value()) {
    silent_until_ = std::max(silent_until_, now + std::min<int64_t>(retry_after->count(), kSilenceMaxMs));
  }
  if (now >= deaf_until_ && now - last_cut_ >= kCutPauseMs) LearnLimit(now);
}

void RequestRate::LearnLimit(TimestampMs now) {
  const Recent recent = LastSecond(now);
  const double share = recent.throttled_share();
  const bool in_vain = learned_ > 0 && now - last_cut_ < kVainWithinMs && share > kVainShare && share < kDeadShare &&
                       share > kVainShareKept * share_at_cut_;
  vain_cuts_ = in_vain ? vain_cuts_ + 1 : 0;
  last_cut_ = now;
  share_at_cut_ = share;
  if (vain_cuts_ >= kVainCutsMax) {
    vain_cuts_ = 0;
    learned_ = 0;
    deaf_until_ = now + kDeafMs;
    return;
  }
  Refill(now);
  learned_ = std::max(kLearnedMin, kCut * recent.answered);
  tokens_ = std::min(tokens_, 0.0);
}

double RequestRate::limit() const {
  MutexLock lock(mutex_);
  return Limit();
}

int RequestRate::waiting() const {
  MutexLock lock(mutex_);
  return static_cast<int>(waiters_.size());
}

}  // namespace varve
