// Keeps a memory budget honest: what the process really holds counts, and not only what somebody reserved.
//
//   MemoryBudget budget("store", 256 << 20);
//   MemoryGuard guard(budget);
//   guard.Start();                       // looks many times a second
//
// Shape    memory of the process, less what the budget knows of, is charged on the budget: code, stacks, the heap's bookkeeping and
//          fragments, answers on their way out. What went is charged for a second more, since it may come again. When that leaves
//          the budget over its limit, caches give way and the heap returns its free pages. Files mapped later are page cache and do
//          not count.
// Threads  one of its own.
// Source   Linux /proc/self/statm.
#pragma once

#include <cstdint>
#include <functional>

#include "runtime/memory_budget.h"
#include "runtime/periodic_task.h"

namespace varve {

// Tells what this process holds: its private memory, and what was resident of its code when this was called. 0 where it cannot be
// told.
std::function<int64_t()> NewResidentMeter();

class MemoryGuard {
 public:
  explicit MemoryGuard(MemoryBudget& budget, std::function<int64_t()> resident = NewResidentMeter());
  ~MemoryGuard();

  void Start() { task_.Start(); }
  void Look();  // one round

 private:
  int64_t Charge();  // answers how much the budget is over its limit

  MemoryBudget& budget_;
  const std::function<int64_t()> resident_;
  int64_t charged_ = 0;
  int rounds_since_trim_ = 0;
  PeriodicTask task_;
};

}  // namespace varve
