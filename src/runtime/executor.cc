#include "runtime/executor.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

namespace varve {

struct Executor::Worker {
  CondVar wake;         // of its own, so that it is known who wakes
  bool called = false;  // guarded by the executor's mutex
  std::thread thread;
  std::optional<cpu_set_t> cores;  // to be had again once it runs; written by its waker before `called`

  void StartElsewhere();
  void ReturnToCores();
};

// For who waits: not to be woken on the caller's core. Where the system does not allow it, nothing changes.
void Executor::Worker::StartElsewhere() {
  const int core = sched_getcpu();
  cpu_set_t all;
  if (core < 0 || pthread_getaffinity_np(thread.native_handle(), sizeof all, &all) != 0) return;
  cpu_set_t others = all;
  CPU_CLR(core, &others);
  if (CPU_COUNT(&others) == 0) return;
  if (pthread_setaffinity_np(thread.native_handle(), sizeof others, &others) == 0) cores = all;
}

void Executor::Worker::ReturnToCores() {
  if (cores.has_value()) pthread_setaffinity_np(pthread_self(), sizeof *cores, &*cores);
  cores.reset();
}

Executor::Executor(std::string name, size_t threads) {
  for (size_t i = 0; i < std::max<size_t>(threads, 1); ++i) workers_.push_back(std::make_unique<Worker>());
  for (const std::unique_ptr<Worker>& worker : workers_) {
    worker->thread = std::thread([this, name, &self = *worker] { Work(self, name); });
  }
}

Executor::~Executor() {
  {
    MutexLock lock(mutex_);
    closing_ = true;
    for (Worker* const worker : idle_) worker->called = true;
    idle_.clear();
  }
  for (const std::unique_ptr<Worker>& worker : workers_) {
    worker->wake.notify_one();
    worker->thread.join();
  }
}

void Executor::Post(std::function<void()> task) {
  if (Worker* const worker = Enqueue(std::move(task))) Wake(*worker);
}

void Executor::PostBeside(std::function<void()> task) {
  if (Worker* const worker = Enqueue(std::move(task))) {
    worker->StartElsewhere();
    Wake(*worker);
  }
}

Executor::Worker* Executor::Enqueue(std::function<void()> task) {
  MutexLock lock(mutex_);
  queue_.push_back(std::move(task));
  if (idle_.empty()) return nullptr;
  Worker* const worker = idle_.back();
  idle_.pop_back();
  return worker;
}

void Executor::Wake(Worker& worker) {
  {
    MutexLock lock(mutex_);
    worker.called = true;
  }
  worker.wake.notify_one();
}

void Executor::Work(Worker& self, const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  while (true) {
    std::function<void()> task;
    {
      MutexLock lock(mutex_);
      while (queue_.empty()) {
        if (closing_) return;
        self.called = false;
        idle_.push_back(&self);
        self.wake.wait(lock, [&self] { return self.called; });
        self.ReturnToCores();
      }
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

// Shared with the pump tasks posted to the executor, which may start after the group is gone and then find nothing to do.
struct TaskGroup::State {
  Mutex mutex;
  CondVar idle;
  std::deque<Task> queue ABSL_GUARDED_BY(mutex);
  size_t running ABSL_GUARDED_BY(mutex) = 0;
  size_t pumps ABSL_GUARDED_BY(mutex) = 0;  // posted to the executor and not finished
  size_t pumps_max = 1;
  bool has_own ABSL_GUARDED_BY(mutex) = false;  // a task is left for Wait
  absl::Status first_error ABSL_GUARDED_BY(mutex);
  const Context* ctx = nullptr;  // valid while a task runs or is queued
  CancelScope* scope = nullptr;  // likewise

  // Runs one queued task on this thread; false when there was none.
  bool RunOne() {
    Task task;
    {
      MutexLock lock(mutex);
      if (queue.empty()) return false;
      task = std::move(queue.front());
      queue.pop_front();
      if (!first_error.ok()) {
        if (queue.empty() && running == 0) idle.notify_all();
        return true;
      }
      ++running;
    }
    absl::Status status = ctx->Check();
    if (status.ok()) status = task(*ctx);
    task = nullptr;  // what it captured must not outlive the group
    MutexLock lock(mutex);
    if (!status.ok() && first_error.ok()) {
      first_error = std::move(status);
      scope->Cancel();
    }
    if (--running == 0 && queue.empty()) idle.notify_all();
    return true;
  }
};

TaskGroup::TaskGroup(const Context& ctx, Executor& executor, Options options)
    : scope_(ctx), executor_(executor), state_(std::make_shared<State>()) {
  state_->pumps_max = options.parallel_max == 0 ? executor.thread_count() : options.parallel_max;
  state_->ctx = &scope_.context();
  state_->scope = &scope_;
}

TaskGroup::~TaskGroup() {
  Cancel();
  Wait().IgnoreError();
}

void TaskGroup::Run(Task task) {
  {
    MutexLock lock(state_->mutex);
    if (!state_->first_error.ok()) return;
    state_->queue.push_back(std::move(task));
    // One task is left for the thread that will wait: to wake another one for it costs more than many a task.
    if (!std::exchange(state_->has_own, true) || state_->pumps + 1 >= state_->pumps_max) return;
    ++state_->pumps;
  }
  executor_.PostBeside([state = state_] {
    while (state->RunOne()) {
    }
    MutexLock lock(state->mutex);
    --state->pumps;
  });
}

absl::Status TaskGroup::Wait() {
  while (state_->RunOne()) {
  }
  MutexLock lock(state_->mutex);
  state_->idle.wait(lock, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return state_->queue.empty() && state_->running == 0; });
  return state_->first_error;
}

}  // namespace varve
