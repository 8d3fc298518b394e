#include "objstore/http/event_loop.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <limits>
#include <stop_token>

#include "base/check.h"

namespace varve {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookEvery{100};
constexpr int kIdlePollMs = 60'000;  // a submission wakes it

// OpenSSL writes to sockets that the peer has closed; the error is enough.
void BlockSigpipe() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

EventLoop::EventLoop(const ObjstoreHttpConfig& config)
    : active_max_(config.max_conns_per_host > 0 ? static_cast<size_t>(config.max_conns_per_host)
                                                : std::numeric_limits<size_t>::max()),
      multi_(curl_multi_init()) {
  VARVE_CHECK(multi_ != nullptr);
  const int kept = std::max(1, std::min(config.max_idle_conns > 0 ? config.max_idle_conns : std::numeric_limits<int>::max(),
                                        config.max_idle_conns_per_host > 0 ? config.max_idle_conns_per_host : 2));
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(kept));
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
  thread_ = std::thread([this] { Loop(); });
}

EventLoop::~EventLoop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  curl_multi_wakeup(multi_);
  thread_.join();
  VARVE_CHECK(in_flight_ == 0);
  curl_multi_cleanup(multi_);
}

void EventLoop::Run(Transfer& transfer) {
  ++in_flight_;
  {
    MutexLock lock(mutex_);
    submitted_.push_back(&transfer);
  }
  curl_multi_wakeup(multi_);
  {
    const std::stop_callback wake(transfer.context().stop_token(), [this] {
      look_now_ = true;
      curl_multi_wakeup(multi_);
    });
    transfer.WaitUntilDone();
  }
  --in_flight_;
}

void EventLoop::Loop() {
  BlockSigpipe();
  while (TakeSubmitted()) {
    StartWaiting();
    int running = 0;
    VARVE_CHECK(curl_multi_perform(multi_, &running) == CURLM_OK);
    CollectDone();
    const TimePoint now = std::chrono::steady_clock::now();
    if (look_now_.exchange(false) || now >= next_look_) EndOverdue(now);
    if (!waiting_.empty() && active_.size() < active_max_) continue;
    VARVE_CHECK(curl_multi_poll(multi_, nullptr, 0, PollMs(), nullptr) == CURLM_OK);
  }
}

bool EventLoop::TakeSubmitted() {
  MutexLock lock(mutex_);
  if (!submitted_.empty()) next_look_ = std::chrono::steady_clock::now();  // their deadlines may be close
  waiting_.insert(waiting_.end(), submitted_.begin(), submitted_.end());
  submitted_.clear();
  return !stopping_;
}

void EventLoop::StartWaiting() {
  while (!waiting_.empty() && active_.size() < active_max_) {
    Transfer& transfer = *waiting_.front();
    waiting_.pop_front();
    active_.push_back(&transfer);
    transfer.Started(std::chrono::steady_clock::now());
    VARVE_CHECK(curl_multi_add_handle(multi_, transfer.easy()) == CURLM_OK);
  }
}

void EventLoop::CollectDone() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // the message is gone with its handle
    Transfer& transfer = Transfer::Of(message->easy_handle);
    Remove(transfer);
    transfer.Finish(transfer.Judge(code));
  }
}

void EventLoop::EndOverdue(TimePoint now) {
  next_look_ = now + kLookEvery;
  const auto is_over = [&](Transfer* transfer, bool active) {
    const absl::Status status = active ? transfer->CheckActive(now) : transfer->CheckWaiting();
    if (status.ok()) {
      if (const auto deadline = transfer->context().deadline()) next_look_ = std::min(next_look_, *deadline);
      return false;
    }
    if (active) curl_multi_remove_handle(multi_, transfer->easy());
    transfer->Finish(status);
    return true;
  };
  std::erase_if(active_, [&](Transfer* transfer) { return is_over(transfer, true); });
  std::erase_if(waiting_, [&](Transfer* transfer) { return is_over(transfer, false); });
}

void EventLoop::Remove(Transfer& transfer) {
  curl_multi_remove_handle(multi_, transfer.easy());
  std::erase(active_, &transfer);
}

int EventLoop::PollMs() const {
  if (active_.empty() && waiting_.empty()) return kIdlePollMs;
  const auto left = std::chrono::ceil<milliseconds>(next_look_ - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, kLookEvery.count()));
}

}  // namespace varve
