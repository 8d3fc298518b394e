// Callers that wait for the same scarce thing, in the order they will get it: queries before background work, each kind in the order
// of arrival; but what has waited for `patience` goes first, so that a steady stream of queries starves nobody.
//
// Shape    a waiter lies on the stack of the thread that waits. The owner of the queue grants with GrantNext under the mutex that
//          guards it all.
// Threads  guarded by the owner's mutex.
#pragma once

#include <chrono>
#include <list>

#include "base/mutex.h"
#include "base/time_range.h"
#include "runtime/context.h"

namespace varve {

class WaiterQueue {
 public:
  struct Waiter {
    explicit Waiter(Priority priority) : priority(priority) {}
    const Priority priority;
    TimestampMs since = 0;
    bool granted = false;
    CondVar wake;  // on a grant, and when the owner has something for it to look at
  };
  static constexpr std::chrono::milliseconds kPatience{10'000};

  bool empty() const { return queries_.empty() && background_.empty(); }
  size_t size() const { return queries_.size() + background_.size(); }
  void Add(Waiter& waiter, TimestampMs now);
  void Remove(Waiter& waiter);          // one that was not granted
  Waiter* Next(TimestampMs now) const;  // null when empty
  void GrantNext(TimestampMs now);      // takes it out and wakes it; the queue is not empty

 private:
  std::list<Waiter*>& ListOf(const Waiter& waiter) { return waiter.priority == Priority::kQuery ? queries_ : background_; }

  std::list<Waiter*> queries_, background_;
};

// Waits until `ready` or the end of the context, whichever it has.
template <typename Ready>
void WaitFor(const Context& ctx, MutexLock& lock, CondVar& wake, Ready ready) {
  if (ctx.deadline().has_value()) {
    wake.wait_until(lock, ctx.stop_token(), *ctx.deadline(), ready);
  } else {
    wake.wait(lock, ctx.stop_token(), ready);
  }
}

}  // namespace varve
