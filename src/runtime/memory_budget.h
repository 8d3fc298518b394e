// Counts the bytes a query, or the whole process, holds, against a limit.
//
//   MemoryBudget process("process", 4 << 30);
//   MemoryBudget query("query", 512 << 20, &process);   // a byte of the query is a byte of the process too
//   VARVE_RETURN_IF_ERROR(query.Reserve(bytes));         // ResourceExhausted names the budget that is full
//
// Threads  Reserve and Release may be called from many threads at once.
#pragma once

#include <absl/status/status.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

namespace varve {

class MemoryBudget {
 public:
  // A limit of 0 counts without limiting. `parent` outlives this.
  MemoryBudget(std::string name, int64_t limit_bytes, MemoryBudget* parent = nullptr);
  ~MemoryBudget();  // gives everything still held back to the parent
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  absl::Status Reserve(int64_t bytes);  // all or nothing
  void Release(int64_t bytes);
  int64_t used() const { return used_.load(std::memory_order_relaxed); }
  int64_t peak() const { return peak_.load(std::memory_order_relaxed); }
  int64_t limit() const { return limit_; }

 private:
  const std::string name_;
  const int64_t limit_;
  MemoryBudget* const parent_;
  std::atomic<int64_t> used_{0};
  std::atomic<int64_t> peak_{0};
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
