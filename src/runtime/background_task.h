// A piece of work begun early on an executor, for an answer that will be wanted later.
//
//   BackgroundTask ahead(executor, [&] { window = Load(); });
//   ...
//   ahead.Wait();                       // window is there
//
// Shape    whoever waits for work that nobody has begun runs it, so a full executor costs the head start and nothing else.
// Threads  Wait and Drop belong to the owner's thread. The destructor drops.
#pragma once

#include <functional>
#include <memory>

#include "base/mutex.h"
#include "runtime/executor.h"

namespace varve {

class BackgroundTask {
 public:
  BackgroundTask(Executor& executor, std::function<void()> work);
  ~BackgroundTask() { Drop(); }
  BackgroundTask(const BackgroundTask&) = delete;
  BackgroundTask& operator=(const BackgroundTask&) = delete;

  void Wait();  // runs the work if nobody has begun it
  void Drop();  // waits for the work to end if somebody has; otherwise it never runs

 private:
  struct State {
    Mutex mutex;
    CondVar ended;
    std::function<void()> work ABSL_GUARDED_BY(mutex);  // null once begun or dropped
    bool running ABSL_GUARDED_BY(mutex) = false;
  };
  static void Run(State& state);

  const std::shared_ptr<State> state_;
};

}  // namespace varve
