// The thread behind HttpTransport: drives a libcurl multi handle, starts what was submitted, ends what took too long.
//
// Shape    requests beyond max_conns_per_host wait in the order they came. Time limits are looked at ten times a second, deadlines
//          to the millisecond.
// Threads  Run may be called by many threads; libcurl's multi handle is touched by the loop's own thread alone.
#pragma once

#include <curl/curl.h>

#include <atomic>
#include <deque>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "objstore/http/http_config.h"
#include "objstore/http/transfer.h"

namespace varve {

class EventLoop {
 public:
  explicit EventLoop(const ObjstoreHttpConfig& config);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void Run(Transfer& transfer);  // returns when it is over, one way or the other
  size_t in_flight() const { return in_flight_; }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  void Loop();
  bool TakeSubmitted();  // false: the loop is to end
  void StartWaiting();
  void CollectDone();
  void EndOverdue(TimePoint now);
  void Remove(Transfer& transfer);
  int PollMs() const;

  const size_t active_max_;
  CURLM* const multi_;
  std::atomic<size_t> in_flight_ = 0;
  std::atomic<bool> look_now_ = false;  // somebody's context was stopped

  Mutex mutex_;
  std::vector<Transfer*> submitted_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  // Of the loop's thread. Each transfer is in one of the two, and lives in the stack of its caller.
  std::deque<Transfer*> waiting_;
  std::vector<Transfer*> active_;
  TimePoint next_look_;

  std::thread thread_;  // the last member: starts when all others are there
};

}  // namespace varve
