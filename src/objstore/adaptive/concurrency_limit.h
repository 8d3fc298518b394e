// How many requests to a bucket may be under way at once, found out by trying: the limit grows while requests wait for it and are
// answered as fast as ever, and shrinks when they time out, break off or take much longer than such requests used to.
//
//   VARVE_ASSIGN_OR_RETURN(ConcurrencyLimit::Slot slot, limit.Enter(ctx));      // waits
//   ... one request ...
//   slot.Release(ConcurrencyLimit::Outcome::kAnswered, slowness);
//
// Shape    doubles with each round of requests until the first sign of trouble, from then on one more a round (AIMD). One round of
//          troubled requests shrinks it once, however many they are.
// Units    slowness is the time a request took over the usual time of its like; 1 is as usual.
// Threads  share freely; a slot belongs to one thread. The limit outlives its slots.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <utility>

#include "base/mutex.h"
#include "objstore/adaptive/waiter_queue.h"
#include "runtime/clock.h"
#include "runtime/context.h"

namespace varve {

class ConcurrencyLimit {
 public:
  struct Options {
    int initial = 16, min = 2, max = 128;
  };
  enum class Outcome { kAnswered, kOverloaded, kUnknown };

  class Slot {
   public:
    Slot(ConcurrencyLimit* limit, uint64_t round) : limit_(limit), round_(round) {}
    Slot(Slot&& other) noexcept : limit_(std::exchange(other.limit_, nullptr)), round_(other.round_) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() { Release(Outcome::kUnknown); }
    void Release(Outcome outcome, double slowness = 1);

   private:
    ConcurrencyLimit* limit_;
    const uint64_t round_;
  };

  ConcurrencyLimit(Options options, Clock& clock);

  // Waits for a slot; fails only when the context ends.
  absl::StatusOr<Slot> Enter(const Context& ctx);
  // A slot if one is free and nobody waits for it.
  std::optional<Slot> TryEnter();

  int limit() const;
  int in_flight() const;
  int waiting() const;

 private:
  void Leave(uint64_t round, Outcome outcome, double slowness);
  void Adjust(uint64_t round, Outcome outcome, double slowness) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Shrink(double factor) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool full() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return in_flight_ >= static_cast<int>(limit_); }

  const Options options_;
  Clock& clock_;
  mutable Mutex mutex_;
  WaiterQueue waiters_ ABSL_GUARDED_BY(mutex_);
  double limit_ ABSL_GUARDED_BY(mutex_);
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t round_ ABSL_GUARDED_BY(mutex_) = 0;  // goes up with each shrinking
  bool growing_fast_ ABSL_GUARDED_BY(mutex_) = true;
  double slowness_ ABSL_GUARDED_BY(mutex_) = 1;  // smoothed
};

}  // namespace varve
