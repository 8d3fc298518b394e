#include "runtime/memory_budget.h"

#include <absl/strings/cord.h>

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "runtime/malloc_arenas.h"

namespace varve {
namespace {

constexpr int64_t kReclaimsOfAll = 32;  // so much at once that giving it back to the system pays

}  // namespace

MemoryBudget::MemoryBudget(std::string name, int64_t limit_bytes, MemoryBudget* parent)
    : name_(std::move(name)), limit_(limit_bytes), parent_(parent) {}

MemoryBudget::~MemoryBudget() {
  if (parent_ != nullptr) parent_->Release(used());
}

bool MemoryBudget::Take(int64_t bytes) {
  // Never more than the limit, not even for a moment: others would find the budget full.
  int64_t now = used_.load(std::memory_order_relaxed);
  do {
    if (limit_ > 0 && now + bytes > limit_) return false;
  } while (!used_.compare_exchange_weak(now, now + bytes, std::memory_order_relaxed));
  now += bytes;
  int64_t peak = peak_.load(std::memory_order_relaxed);
  while (now > peak && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
  return true;
}

int64_t MemoryBudget::Reclaim(int64_t bytes) {
  MutexLock lock(mutex_);
  return AskReclaimers(bytes);
}

int64_t MemoryBudget::AskReclaimers(int64_t bytes) {
  int64_t reclaimed = 0;
  for (MemoryReclaimer* reclaimer : reclaimers_) {
    if (reclaimed < bytes) reclaimed += reclaimer->Reclaim(bytes - reclaimed);
  }
  return reclaimed;
}

bool MemoryBudget::ReclaimFor(int64_t bytes) {
  MutexLock lock(mutex_);
  const int64_t missing = used() + bytes - limit_;  // now: who had the lock before may have made room for us too
  if (missing <= 0) return true;
  if (AskReclaimers(std::max(missing, limit_ / kReclaimsOfAll)) == 0) return false;
  ReturnFreeMemory();  // what comes in its place may not fit into the gaps
  return true;
}

absl::Status MemoryBudget::Reserve(int64_t bytes) {
  if (parent_ != nullptr) VARVE_RETURN_IF_ERROR(parent_->Reserve(bytes));
  while (!Take(bytes)) {
    if (bytes <= limit_ && ReclaimFor(bytes)) continue;
    if (parent_ != nullptr) parent_->Release(bytes);
    for (MemoryBudget* budget = this; budget != nullptr; budget = budget->parent_) {
      budget->refusals_.fetch_add(1, std::memory_order_relaxed);
    }
    absl::Status full = ResourceExhausted("memory limit of the {} exceeded: {} bytes wanted, {} in use, {} allowed", name_, bytes,
                                          used(), limit_);
    full.SetPayload(kOwnLimitPayload, absl::Cord());
    return full;
  }
  return absl::OkStatus();
}

bool MemoryBudget::TryReserve(int64_t bytes) {
  if (parent_ != nullptr && !parent_->TryReserve(bytes)) return false;
  if (Take(bytes)) return true;
  if (parent_ != nullptr) parent_->Release(bytes);
  return false;
}

void MemoryBudget::Charge(int64_t bytes) {
  if (parent_ != nullptr) parent_->Charge(bytes);
  used_.fetch_add(bytes, std::memory_order_relaxed);
}

int64_t MemoryBudget::room() const {
  if (limit_ == 0) return INT64_MAX;
  int64_t room = limit_ - used();
  MutexLock lock(mutex_);
  for (const MemoryReclaimer* reclaimer : reclaimers_) room += reclaimer->reclaimable_bytes();
  return std::max<int64_t>(room, 0);
}

void MemoryBudget::AddReclaimer(MemoryReclaimer* reclaimer) {
  MutexLock lock(mutex_);
  reclaimers_.push_back(reclaimer);
}

void MemoryBudget::RemoveReclaimer(MemoryReclaimer* reclaimer) {
  MutexLock lock(mutex_);
  std::erase(reclaimers_, reclaimer);
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
