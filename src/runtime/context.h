// What every call that may block or hold memory is given first: until when, whether still, and on whose account.
//
//   absl::Status Fetch(const Context& ctx) {
//     VARVE_RETURN_IF_ERROR(ctx.Check());                        // Cancelled or DeadlineExceeded
//     CancelScope scope(ctx.WithTimeout(std::chrono::seconds(5)));
//     ... scope.context() ends with ctx, after 5 s, or at scope.Cancel() ...
//   }
//
// Shape    a small value, copied freely; it borrows the memory budget and the account of bucket usage, whose owners
//          outlive the call.
// Threads  share freely.
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>

namespace varve {

class BucketUsage;
class MemoryBudget;

// Where work of both kinds waits for the same thing, queries go first.
enum class Priority : uint8_t { kQuery, kBackground };

class Context {
 public:
  using Clock = std::chrono::steady_clock;

  Context() = default;  // never ends, counts nothing

  Context WithDeadline(Clock::time_point deadline) const;  // the earlier of the two
  Context WithTimeout(Clock::duration timeout) const { return WithDeadline(Clock::now() + timeout); }
  Context WithStop(std::stop_token stop) const;  // replaces the token; see CancelScope for adding one
  Context WithMemory(MemoryBudget* memory) const;
  Context WithUsage(BucketUsage* usage) const;
  Context WithPriority(Priority priority) const;

  bool stopped() const { return stop_.stop_requested(); }
  const std::stop_token& stop_token() const { return stop_; }
  std::optional<Clock::time_point> deadline() const { return deadline_; }
  Clock::duration time_left() const;                // Clock::duration::max() without a deadline; never negative
  MemoryBudget* memory() const { return memory_; }  // may be null
  BucketUsage* usage() const { return usage_; }     // what object storage is asked for is added to it; may be null
  Priority priority() const { return priority_; }

  // OK while the caller still waits for an answer.
  absl::Status Check() const;

 private:
  std::stop_token stop_;
  std::optional<Clock::time_point> deadline_;
  MemoryBudget* memory_ = nullptr;
  BucketUsage* usage_ = nullptr;
  Priority priority_ = Priority::kQuery;
};

// A context that this scope can end early, and that ends when its parent does.
class CancelScope {
 public:
  explicit CancelScope(const Context& parent);
  ~CancelScope() { Cancel(); }
  CancelScope(const CancelScope&) = delete;
  CancelScope& operator=(const CancelScope&) = delete;

  const Context& context() const { return context_; }
  void Cancel() { source_.request_stop(); }

 private:
  struct Forward {
    std::stop_source* source;
    void operator()() const { source->request_stop(); }
  };
  std::stop_source source_;
  std::stop_callback<Forward> forward_;
  Context context_;
};

}  // namespace varve
