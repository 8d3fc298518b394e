// One baton among several actors, each on a thread of its own: only who holds it runs. At every yield the seed decides who is
// next, so that a run can be had again from its seed.
//
// Threads  each actor's calls come from its own thread.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "base/mutex.h"

namespace varve {

class Baton {
 public:
  Baton(uint64_t seed, size_t actors) : random_(seed), alive_(actors, true) {}

  void Begin(size_t actor);              // waits for the first turn
  void Yield(size_t actor);              // hands the baton on, and waits to get it back
  void Leave(size_t actor);              // for good
  uint64_t Draw() { return random_(); }  // by who holds the baton
  bool Happens(double probability) { return std::uniform_real_distribution<>()(random_) < probability; }

 private:
  void Choose() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WaitForTurn(size_t actor, MutexLock& lock);

  std::mt19937_64 random_;
  Mutex mutex_;
  CondVar turn_;
  std::vector<bool> alive_ ABSL_GUARDED_BY(mutex_);
  size_t begun_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t holder_ ABSL_GUARDED_BY(mutex_) = -1;
};

}  // namespace varve
