#include "net/event_loop.h"

#include <pthread.h>

#include <utility>

namespace varve {
EventLoop::EventLoop(std::string name, Executor& executor)
    : executor_(executor), name_(std::move(name)), guard_(boost::asio::make_work_guard(*io_)) {}

void EventLoop::Start() {
  for (int i = 0; i < kThreads; ++i) {
    threads_.emplace_back([this] {
      pthread_setname_np(pthread_self(), name_.c_str());
      TakeTurns();
    });
  }
}

void EventLoop::Finish() {
  guard_.reset();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void EventLoop::TakeTurns() {
  while (AwaitTurn()) RunUntilGiven();
}

bool EventLoop::AwaitTurn() {
  MutexLock lock(mutex_);
  turn_.wait(lock, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return over_ || !taken_; });
  --resting_;
  taken_ = true;
  return !over_;
}

bool EventLoop::GiveTurnAway() {
  {
    MutexLock lock(mutex_);
    if (resting_ == 0) return false;
    taken_ = false;
  }
  turn_.notify_one();
  return true;
}

void EventLoop::RunUntilGiven() {
  while (io_->run_one() > 0) {
    if (posted_.empty()) continue;
    std::vector<std::function<void()>> works = std::exchange(posted_, {});
    std::function<void()> own = std::move(works.back());
    works.pop_back();
    for (std::function<void()>& work : works) executor_.Post(std::move(work));
    if (GiveTurnAway()) {
      own();
      own = nullptr;  // with what it holds of the server
      MutexLock lock(mutex_);
      ++resting_;
      return;
    }
    executor_.Post(std::move(own));
  }
  MutexLock lock(mutex_);
  over_ = true;
  turn_.notify_all();
}

}  // namespace varve
