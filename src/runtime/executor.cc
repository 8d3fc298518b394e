#include "runtime/executor.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace varve {

Executor::Executor(std::string name, size_t threads) {
  threads_.reserve(threads);
  for (size_t i = 0; i < std::max<size_t>(threads, 1); ++i) threads_.emplace_back([this, name] { Work(name); });
}

Executor::~Executor() {
  {
    MutexLock lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Executor::Post(std::function<void()> task) {
  {
    MutexLock lock(mutex_);
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void Executor::Work(const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  while (true) {
    std::function<void()> task;
    {
      MutexLock lock(mutex_);
      wake_.wait(lock, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return closing_ || !queue_.empty(); });
      if (queue_.empty()) return;
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
  executor_.Post([state = state_] {
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
