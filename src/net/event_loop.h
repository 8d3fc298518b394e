// The events of a server, and blocking work that stays on the thread that read the request.
//
// Shape    two threads take turns: one waits for events and runs their handlers, the other rests. When a handler hands in work, the
//          resting thread goes on with the events, and the work is done at once where it is: nobody has to wake up for it first. While
//          the other thread is at work itself, work goes to the executor. See docs/decisions/0011-work-stays-where-it-was-read.md.
// Threads  handlers of the loop never overlap; Post is for them alone.
// Includes Asio: for the .cc files that hold coroutines only.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "runtime/executor.h"

namespace varve {

using SharedIoContext = std::shared_ptr<boost::asio::io_context>;

class EventLoop {
 public:
  // `name` is that of the threads, which Start makes.
  EventLoop(std::string name, Executor& executor);
  ~EventLoop() { Finish(); }
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  const SharedIoContext& io() const { return io_; }
  void Start();
  // Waits until the handlers and the work there are have come to an end.
  void Finish();

  // From a handler: `work` runs when the handler has returned.
  void Post(std::function<void()> work) { posted_.push_back(std::move(work)); }

 private:
  static constexpr int kThreads = 2;

  void TakeTurns();
  bool AwaitTurn();      // false: there are no more events
  bool GiveTurnAway();   // false: nobody rests
  void RunUntilGiven();  // handlers, as long as it is this thread's turn

  Executor& executor_;
  const std::string name_;
  const SharedIoContext io_ = std::make_shared<boost::asio::io_context>();
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::vector<std::function<void()>> posted_;  // belongs to whose turn it is

  Mutex mutex_;
  CondVar turn_;
  bool taken_ ABSL_GUARDED_BY(mutex_) = false;  // somebody's turn it is
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  int resting_ ABSL_GUARDED_BY(mutex_) = kThreads;
  std::vector<std::thread> threads_;
};

}  // namespace varve
