#include "roles/shutdown.h"

#include <signal.h>

#include <utility>

namespace varve {
namespace {

sigset_t EndingSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

Shutdown::Shutdown() : main_(pthread_self()) {
  const sigset_t signals = EndingSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGHUP, SIG_IGN);  // Thanos takes it everywhere and acts on it in rule only
}

void Shutdown::Fail(absl::Status why) {
  MutexLock lock(mutex_);
  if (!failure_.ok() || why.ok()) return;
  failure_ = std::move(why);
  pthread_kill(main_, SIGTERM);  // wakes Wait
}

void Shutdown::Finish() {
  finished_ = true;
  pthread_kill(main_, SIGTERM);
}

absl::Status Shutdown::Wait() {
  const sigset_t signals = EndingSignals();
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  MutexLock lock(mutex_);
  return failure_;
}

}  // namespace varve
