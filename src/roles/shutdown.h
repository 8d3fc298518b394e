// How a process ends: by SIGINT or SIGTERM, or because a part of it failed for good.
//
//   Shutdown shutdown;                       // first thing in main: blocks the signals in every thread made from here on
//   ... start a role, giving it `shutdown` ...
//   const absl::Status why = shutdown.Wait();   // OK for a signal
//
// Threads  made and waited for by the main thread; Fail may be called from any.
#pragma once

#include <absl/status/status.h>
#include <pthread.h>

#include <atomic>

#include "base/mutex.h"

namespace varve {

class Shutdown {
 public:
  Shutdown();
  Shutdown(const Shutdown&) = delete;
  Shutdown& operator=(const Shutdown&) = delete;

  // Ends Wait with `why`; the first one counts.
  void Fail(absl::Status why);
  // Ends Wait with OK: there is nothing more to do.
  void Finish();
  bool finished() const { return finished_; }
  absl::Status Wait();

 private:
  const pthread_t main_;
  Mutex mutex_;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> finished_ = false;
};

}  // namespace varve
