#include "runtime/background_task.h"

#include <utility>

namespace varve {

BackgroundTask::BackgroundTask(Executor& executor, std::function<void()> work) : state_(std::make_shared<State>()) {
  {
    MutexLock lock(state_->mutex);
    state_->work = std::move(work);
  }
  executor.Post([state = state_] { Run(*state); });
}

void BackgroundTask::Run(State& state) {
  std::function<void()> work;
  {
    MutexLock lock(state.mutex);
    work = std::exchange(state.work, nullptr);
    if (work == nullptr) return;
    state.running = true;
  }
  work();
  MutexLock lock(state.mutex);
  state.running = false;
  state.ended.notify_all();
}

void BackgroundTask::Wait() {
  Run(*state_);
  Drop();
}

void BackgroundTask::Drop() {
  MutexLock lock(state_->mutex);
  state_->work = nullptr;
  state_->ended.wait(lock, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return !state_->running; });
}

}  // namespace varve
