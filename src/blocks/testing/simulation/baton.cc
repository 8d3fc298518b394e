#include "blocks/testing/simulation/baton.h"

namespace varve {

void Baton::Choose() {
  std::vector<size_t> candidates;
  for (size_t i = 0; i < alive_.size(); ++i) {
    if (alive_[i]) candidates.push_back(i);
  }
  holder_ = candidates.empty() ? -1 : static_cast<int64_t>(candidates[random_() % candidates.size()]);
  turn_.notify_all();
}

void Baton::WaitForTurn(size_t actor, MutexLock& lock) {
  turn_.wait(lock, [this, actor]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return holder_ == static_cast<int64_t>(actor); });
}

void Baton::Begin(size_t actor) {
  MutexLock lock(mutex_);
  if (++begun_ == alive_.size()) Choose();  // nobody runs before everybody is there
  WaitForTurn(actor, lock);
}

void Baton::Yield(size_t actor) {
  MutexLock lock(mutex_);
  Choose();
  WaitForTurn(actor, lock);
}

void Baton::Leave(size_t actor) {
  MutexLock lock(mutex_);
  alive_[actor] = false;
  Choose();
}

}  // namespace varve
