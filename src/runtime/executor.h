// Bounded pools of threads for blocking work, and groups of tasks that end where they began.
//
//   absl::Status FetchAll(const Context& ctx, Executor& io, std::span<Part> parts) {
//     TaskGroup group(ctx, io, {.parallel_max = 16});
//     for (Part& part : parts) group.Run([&part](const Context& task) { return part.Fetch(task); });
//     return group.Wait();                 // the first error cancels the others; nothing outlives this line
//   }
//
// Shape    one executor sized to the cores for computing, a wider one for files and waiting.
// Errors   a task's error is the group's; later errors are dropped.
// Threads  Post from anywhere. A group belongs to one thread. Wait runs queued tasks of its own group itself, so a task may
//          open a group on the executor it runs on without waiting for a free thread, and a group of one task wakes nobody.
#pragma once

#include <absl/status/status.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "runtime/context.h"

namespace varve {

class Executor {
 public:
  Executor(std::string name, size_t threads);
  ~Executor();  // runs what is queued, then joins
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  void Post(std::function<void()> task);
  // Of a caller who goes on computing: the thread it wakes starts on another core. See docs/decisions/0009-wake-on-another-core.md.
  void PostBeside(std::function<void()> task);
  size_t thread_count() const { return workers_.size(); }

 private:
  struct Worker;

  void Work(Worker& self, const std::string& name);
  Worker* Enqueue(std::function<void()> task);  // one to wake for it, no longer among the idle; null if all are at work
  void Wake(Worker& worker);

  Mutex mutex_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  std::vector<Worker*> idle_ ABSL_GUARDED_BY(mutex_);  // the last one has the warmest caches
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::unique_ptr<Worker>> workers_;
};

class TaskGroup {
 public:
  struct Options {
    size_t parallel_max = 0;  // 0: as many as the executor has threads
  };
  using Task = std::function<absl::Status(const Context&)>;

  TaskGroup(const Context& ctx, Executor& executor, Options options);
  TaskGroup(const Context& ctx, Executor& executor) : TaskGroup(ctx, executor, Options()) {}
  ~TaskGroup();  // cancels and waits
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Queues `task`; all but one may start at once, that one (whichever is left) runs inside Wait. After a failure tasks are dropped
  // unrun.
  void Run(Task task);
  absl::Status Wait();
  void Cancel() { scope_.Cancel(); }

 private:
  struct State;

  CancelScope scope_;
  Executor& executor_;
  std::shared_ptr<State> state_;
};

}  // namespace varve
