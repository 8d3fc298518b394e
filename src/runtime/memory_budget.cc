#include "runtime/memory_budget.h"

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {

MemoryBudget::MemoryBudget(std::string name, int64_t limit_bytes, MemoryBudget* parent)
    : name_(std::move(name)), limit_(limit_bytes), parent_(parent) {}

MemoryBudget::~MemoryBudget() {
  if (parent_ != nullptr) parent_->Release(used());
}

absl::Status MemoryBudget::Reserve(int64_t bytes) {
  if (parent_ != nullptr) VARVE_RETURN_IF_ERROR(parent_->Reserve(bytes));
  const int64_t now = used_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (limit_ > 0 && now > limit_) {
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    if (parent_ != nullptr) parent_->Release(bytes);
    return ResourceExhausted("memory limit of the {} exceeded: {} bytes wanted, {} in use, {} allowed", name_, bytes, now - bytes,
                             limit_);
  }
  int64_t peak = peak_.load(std::memory_order_relaxed);
  while (now > peak && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
  return absl::OkStatus();
}

void MemoryBudget::Release(int64_t bytes) {
  used_.fetch_sub(bytes, std::memory_order_relaxed);
  if (parent_ != nullptr) parent_->Release(bytes);
}

absl::Status MemoryReservation::Grow(int64_t bytes) {
  if (budget_ != nullptr) VARVE_RETURN_IF_ERROR(budget_->Reserve(bytes));
  bytes_ += bytes;
  return absl::OkStatus();
}

}  // namespace varve
