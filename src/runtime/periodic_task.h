// Work that repeats in the background until its owner goes: syncing blocks, heartbeats, shipping.
//
//   PeriodicTask sync("block-sync", clock, std::chrono::minutes(15), [&](const Context& ctx) { SyncBlocks(ctx); });
//   sync.Start();          // the first round at once, then one interval after the end of each
//
// Threads  one thread of its own. Stop() and the destructor cancel a running round's context and wait for it to return.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "runtime/clock.h"
#include "runtime/context.h"

namespace varve {

class PeriodicTask {
 public:
  using Round = std::function<void(const Context&)>;
  PeriodicTask(std::string name, Clock& clock, std::chrono::milliseconds interval, Round round);
  ~PeriodicTask() { Stop(); }
  PeriodicTask(const PeriodicTask&) = delete;
  PeriodicTask& operator=(const PeriodicTask&) = delete;

  void Start();
  void StartAfterInterval();  // for owners that ran the first round themselves
  void RequestStop();         // without waiting: for several that may be waiting for each other
  void Stop();                // a second call is a no-op

 private:
  void Run(std::stop_token stop, bool wait_first);

  const std::string name_;
  Clock& clock_;
  const std::chrono::milliseconds interval_;
  const Round round_;
  std::jthread thread_;
};

}  // namespace varve
