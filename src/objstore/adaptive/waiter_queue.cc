#include "objstore/adaptive/waiter_queue.h"

namespace varve {

void WaiterQueue::Add(Waiter& waiter, TimestampMs now) {
  waiter.since = now;
  ListOf(waiter).push_back(&waiter);
}

void WaiterQueue::Remove(Waiter& waiter) { ListOf(waiter).remove(&waiter); }

WaiterQueue::Waiter* WaiterQueue::Next(TimestampMs now) const {
  if (background_.empty()) return queries_.empty() ? nullptr : queries_.front();
  const bool out_of_patience = now - background_.front()->since >= kPatience.count();
  return queries_.empty() || out_of_patience ? background_.front() : queries_.front();
}

void WaiterQueue::GrantNext(TimestampMs now) {
  Waiter* next = Next(now);
  ListOf(*next).pop_front();
  next->granted = true;
  next->wake.notify_one();
}

}  // namespace varve
