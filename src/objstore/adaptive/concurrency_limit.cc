#include "objstore/adaptive/concurrency_limit.h"

#include <algorithm>

#include "base/status_macros.h"

namespace varve {
namespace {

constexpr double kSmoothing = 0.1;   // weight of the newest request in the slowness
constexpr double kSlowToGrow = 2;    // from here on the limit stays
constexpr double kSlowToShrink = 4;  // from here on it goes down
constexpr double kShrinkSlow = 0.9, kShrinkOverloaded = 0.7;

}  // namespace

ConcurrencyLimit::ConcurrencyLimit(Options options, Clock& clock)
    : options_(options), clock_(clock), limit_(std::clamp(options.initial, options.min, options.max)) {}

absl::StatusOr<ConcurrencyLimit::Slot> ConcurrencyLimit::Enter(const Context& ctx) {
  VARVE_RETURN_IF_ERROR(ctx.Check());
  MutexLock lock(mutex_);
  if (!full() && waiters_.empty()) {
    ++in_flight_;
    return Slot(this, round_);
  }
  WaiterQueue::Waiter me(ctx.priority());
  waiters_.Add(me, clock_.NowMs());
  WaitFor(ctx, lock, me.wake, [&me] { return me.granted; });
  if (me.granted) return Slot(this, round_);  // Leave has counted it in
  waiters_.Remove(me);
  return ctx.Check();
}

std::optional<ConcurrencyLimit::Slot> ConcurrencyLimit::TryEnter() {
  MutexLock lock(mutex_);
  if (full() || !waiters_.empty()) return std::nullopt;
  ++in_flight_;
  return Slot(this, round_);
}

void ConcurrencyLimit::Slot::Release(Outcome outcome, double slowness) {
  if (limit_ != nullptr) std::exchange(limit_, nullptr)->Leave(round_, outcome, slowness);
}

void ConcurrencyLimit::Leave(uint64_t round, Outcome outcome, double slowness) {
  MutexLock lock(mutex_);
  Adjust(round, outcome, slowness);
  --in_flight_;
  while (!full() && !waiters_.empty()) {
    ++in_flight_;
    waiters_.GrantNext(clock_.NowMs());
  }
}

void ConcurrencyLimit::Adjust(uint64_t round, Outcome outcome, double slowness) {
  if (outcome == Outcome::kUnknown) return;
  if (outcome == Outcome::kOverloaded) {
    if (round == round_) Shrink(kShrinkOverloaded);
    return;
  }
  slowness_ += kSmoothing * (std::min(slowness, 100.0) - slowness_);
  if (slowness_ >= kSlowToShrink) {
    if (round == round_) Shrink(kShrinkSlow);
  } else if (slowness_ < kSlowToGrow && full()) {
    limit_ = std::min<double>(options_.max, limit_ + (growing_fast_ ? 1 : 1 / limit_));
  }
}

void ConcurrencyLimit::Shrink(double factor) {
  limit_ = std::max<double>(options_.min, limit_ * factor);
  growing_fast_ = false;
  ++round_;
}

int ConcurrencyLimit::limit() const {
  MutexLock lock(mutex_);
  return static_cast<int>(limit_);
}

int ConcurrencyLimit::in_flight() const {
  MutexLock lock(mutex_);
  return in_flight_;
}

int ConcurrencyLimit::waiting() const {
  MutexLock lock(mutex_);
  return static_cast<int>(waiters_.size());
}

}  // namespace varve
