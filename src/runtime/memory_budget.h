// Counts the bytes a query, or the whole process, holds, against a limit.
//
//   MemoryBudget process("process", 4 << 30);
//   MemoryBudget query("query", 512 << 20, &process);   // a byte of the query is a byte of the process too
//   VARVE_RETURN_IF_ERROR(query.Reserve(bytes));         // ResourceExhausted names the budget that is full
//
// Shape    what is held for convenience (caches) takes with TryReserve and gives back when Reserve finds the budget full: it is
//          asked as a MemoryReclaimer, the oldest first, before a Reserve fails.
// Threads  all of it may be called from many threads at once. A reclaimer runs on the thread of a Reserve, one at a time.
#pragma once

#include <absl/status/status.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace varve {

// Holds memory it can do without.
class MemoryReclaimer {
 public:
  virtual ~MemoryReclaimer() = default;
  virtual int64_t reclaimable_bytes() const = 0;
  // Frees about `bytes` and releases them at the budget; answers how many it were.
  virtual int64_t Reclaim(int64_t bytes) = 0;
};

// A payload of the status with which a full budget refuses: a shortage of ours, and not of somebody we asked.
inline constexpr char kOwnLimitPayload[] = "varve/own-limit";

class MemoryBudget {
 public:
  // A limit of 0 counts without limiting. `parent` outlives this.
  MemoryBudget(std::string name, int64_t limit_bytes, MemoryBudget* parent = nullptr);
  ~MemoryBudget();  // gives everything still held back to the parent
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  absl::Status Reserve(int64_t bytes);  // all or nothing
  bool TryReserve(int64_t bytes);       // likewise, without asking anybody to give back
  // Counts bytes that are there whether the budget has room for them or not.
  void Charge(int64_t bytes);
  void Release(int64_t bytes);
  int64_t used() const { return used_.load(std::memory_order_relaxed); }
  int64_t peak() const { return peak_.load(std::memory_order_relaxed); }
  int64_t limit() const { return limit_; }
  int64_t refusals() const {
    return refusals_.load(std::memory_order_relaxed);
  }  // Reserves that failed for want of room, here or in a budget below

  // What may still be reserved, with what could be reclaimed; INT64_MAX without a limit. Of this budget alone.
  int64_t room() const;
  void AddReclaimer(MemoryReclaimer* reclaimer);
  void RemoveReclaimer(MemoryReclaimer* reclaimer);  // waits for a call that is under way
  int64_t Reclaim(int64_t bytes);                    // answers how many bytes the reclaimers gave back

 private:
  bool Take(int64_t bytes);  // from this budget alone
  bool ReclaimFor(int64_t bytes);  // false if there is nothing to give back
  int64_t AskReclaimers(int64_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string name_;
  const int64_t limit_;
  MemoryBudget* const parent_;
  std::atomic<int64_t> used_{0};
  std::atomic<int64_t> peak_{0};
  std::atomic<int64_t> refusals_{0};
  mutable Mutex mutex_;
  std::vector<MemoryReclaimer*> reclaimers_ ABSL_GUARDED_BY(mutex_);
};

// Bytes held until the end of a scope; moves, never copies. May grow.
class MemoryReservation {
 public:
  explicit MemoryReservation(MemoryBudget* budget) : budget_(budget) {}  // a null budget counts nothing
  ~MemoryReservation() { Reset(); }
  MemoryReservation(MemoryReservation&& other) noexcept : budget_(other.budget_), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryReservation& operator=(MemoryReservation&& other) noexcept {
    Reset();
    budget_ = other.budget_;
    bytes_ = std::exchange(other.bytes_, 0);
    return *this;
  }

  absl::Status Grow(int64_t bytes);
  // Sets the size held; growing may fail, shrinking never does.
  absl::Status Resize(int64_t bytes) {
    if (bytes > bytes_) return Grow(bytes - bytes_);
    Shrink(bytes_ - bytes);
    return absl::OkStatus();
  }
  void Reset() { Shrink(bytes_); }
  int64_t bytes() const { return bytes_; }

 private:
  void Shrink(int64_t bytes) {
    if (budget_ != nullptr && bytes > 0) budget_->Release(bytes);
    bytes_ -= bytes;
  }
  MemoryBudget* budget_;
  int64_t bytes_ = 0;
};

}  // namespace varve
