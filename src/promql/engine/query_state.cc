#include "promql/engine/query_state.h"

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve::promql {

namespace {

absl::Status TooManySamples() {
  return ResourceExhausted("query processing would load too many samples into memory in query execution");
}

}  // namespace

absl::Status SampleAccount::CheckSteps(size_t steps) const {
  return steps <= static_cast<size_t>(samples_max_) ? absl::OkStatus() : TooManySamples();
}

absl::Status SampleAccount::Hold(int64_t samples) {
  const int64_t held = held_.fetch_add(samples, std::memory_order_relaxed) + samples;
  int64_t peak = peak_.load(std::memory_order_relaxed);
  while (held > peak && !peak_.compare_exchange_weak(peak, held, std::memory_order_relaxed)) {
  }
  if (held <= samples_max_) return absl::OkStatus();
  Release(samples);
  return TooManySamples();
}

absl::Status HeldSamples::Add(int64_t samples, int64_t bytes) {
  VARVE_RETURN_IF_ERROR(query_.samples.Hold(samples));
  samples_ += samples;
  return bytes_.Grow(bytes);
}

void HeldSamples::Release() {
  query_.samples.Release(samples_);
  samples_ = 0;
  bytes_.Reset();
}

}  // namespace varve::promql
