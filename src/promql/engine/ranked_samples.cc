#include "promql/engine/ranked_samples.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace varve::promql {
namespace {

// True if `a` leaves before `b` does. NaN is worse than any number, for topk and bottomk alike.
bool Worse(const RankedSample& a, const RankedSample& b, bool top) {
  if (std::isnan(a.value)) return true;
  return top ? a.value < b.value : a.value > b.value;
}

}  // namespace

bool RankedSamples::Offer(RankedSample sample, int64_t k, AggregateOp op) {
  const bool top = op == AggregateOp::kTopk;
  if (static_cast<int64_t>(heap_.size()) < k) {
    heap_.push_back(std::move(sample));
    if (op != AggregateOp::kLimitk) Up(heap_.size() - 1, top);
    return true;
  }
  if (k < 1 || op == AggregateOp::kLimitk) return false;
  const double worst = heap_[0].value;
  const bool better = top ? worst < sample.value : worst > sample.value;
  if (!better && !(std::isnan(worst) && !std::isnan(sample.value))) return false;
  heap_[0] = std::move(sample);
  Down(0, top);
  return true;
}

const std::vector<RankedSample>& RankedSamples::Ranked(AggregateOp op) {
  if (op == AggregateOp::kLimitk) return heap_;
  std::stable_sort(heap_.begin(), heap_.end(), [op](const RankedSample& a, const RankedSample& b) {
    return !std::isnan(a.value) && Worse(b, a, op == AggregateOp::kTopk);
  });
  return heap_;
}

void RankedSamples::Up(size_t at, bool top) {
  while (at > 0) {
    const size_t parent = (at - 1) / 2;
    if (!Worse(heap_[at], heap_[parent], top)) return;
    std::swap(heap_[at], heap_[parent]);
    at = parent;
  }
}

void RankedSamples::Down(size_t at, bool top) {
  while (true) {
    size_t child = 2 * at + 1;
    if (child >= heap_.size()) return;
    if (child + 1 < heap_.size() && Worse(heap_[child + 1], heap_[child], top)) ++child;
    if (!Worse(heap_[child], heap_[at], top)) return;
    std::swap(heap_[at], heap_[child]);
    at = child;
  }
}

}  // namespace varve::promql
