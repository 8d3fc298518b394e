#include "runtime/context.h"

#include <algorithm>

#include "base/errors.h"

namespace varve {

Context Context::WithDeadline(Clock::time_point deadline) const {
  Context context = *this;
  context.deadline_ = deadline_.has_value() ? std::min(*deadline_, deadline) : deadline;
  return context;
}

Context Context::WithStop(std::stop_token stop) const {
  Context context = *this;
  context.stop_ = std::move(stop);
  return context;
}

Context Context::WithMemory(MemoryBudget* memory) const {
  Context context = *this;
  context.memory_ = memory;
  return context;
}

Context Context::WithUsage(BucketUsage* usage) const {
  Context context = *this;
  context.usage_ = usage;
  return context;
}

Context Context::WithPriority(Priority priority) const {
  Context context = *this;
  context.priority_ = priority;
  return context;
}

Context::Clock::duration Context::time_left() const {
  if (!deadline_.has_value()) return Clock::duration::max();
  return std::max(*deadline_ - Clock::now(), Clock::duration::zero());
}

absl::Status Context::Check() const {
  if (stop_.stop_requested()) return Cancelled("the caller cancelled the request");
  if (deadline_.has_value() && Clock::now() >= *deadline_) return DeadlineExceeded("the deadline of the request has passed");
  return absl::OkStatus();
}

CancelScope::CancelScope(const Context& parent)
    : forward_(parent.stop_token(), Forward{&source_}), context_(parent.WithStop(source_.get_token())) {}

}  // namespace varve
