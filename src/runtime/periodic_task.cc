#include "runtime/periodic_task.h"

#include <pthread.h>

#include <utility>

namespace varve {

PeriodicTask::PeriodicTask(std::string name, Clock& clock, std::chrono::milliseconds interval, Round round)
    : name_(std::move(name)), clock_(clock), interval_(interval), round_(std::move(round)) {}

void PeriodicTask::Start() {
  thread_ = std::jthread([this](std::stop_token stop) { Run(std::move(stop), false); });
}

void PeriodicTask::StartAfterInterval() {
  thread_ = std::jthread([this](std::stop_token stop) { Run(std::move(stop), true); });
}

void PeriodicTask::RequestStop() { thread_.request_stop(); }

void PeriodicTask::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void PeriodicTask::Run(std::stop_token stop, bool wait_first) {
  pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
  const Context ctx = Context().WithStop(stop);
  if (wait_first && !clock_.Sleep(ctx, interval_).ok()) return;
  do {
    round_(ctx);
  } while (clock_.Sleep(ctx, interval_).ok());
}

}  // namespace varve
