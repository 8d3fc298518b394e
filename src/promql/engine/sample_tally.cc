#include "promql/engine/sample_tally.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"

namespace varve::promql {

absl::StatusOr<std::unique_ptr<SampleTally>> SampleTally::Make(const StepGrid& grid, bool by_step, MemoryBudget* memory) {
  std::unique_ptr<SampleTally> tally(new SampleTally(grid, memory));
  if (!by_step) return tally;
  VARVE_RETURN_IF_ERROR(tally->bytes_.Grow(static_cast<int64_t>(grid.count * sizeof(AtomicCounts))));
  tally->steps_ = std::vector<AtomicCounts>(grid.count);
  return tally;
}

absl::StatusOr<SampleTally*> SampleTally::AddChild(Kind kind, const StepGrid& grid, Windows windows) {
  VARVE_ASSIGN_OR_RETURN(std::unique_ptr<SampleTally> child, Make(grid, by_step(), memory_));
  children_.push_back({kind, windows, std::move(child)});
  return children_.back().tally.get();
}

absl::StatusOr<SampleTally*> SampleTally::AddOnce(const StepGrid& grid) { return AddChild(Kind::kOnce, grid, {}); }

absl::StatusOr<SampleTally*> SampleTally::AddPart() { return AddChild(Kind::kPart, grid_, {}); }

absl::StatusOr<SampleTally*> SampleTally::AddSubquery(const StepGrid& grid, Windows windows) {
  return AddChild(Kind::kSubquery, grid, windows);
}

void SampleTally::Add(SampleCounts counts) {
  queried_.fetch_add(counts.queried, std::memory_order_relaxed);
  read_.fetch_add(counts.read, std::memory_order_relaxed);
}

void SampleTally::AddAtStep(size_t step, SampleCounts counts) {
  steps_[step].queried.fetch_add(counts.queried, std::memory_order_relaxed);
  steps_[step].read.fetch_add(counts.read, std::memory_order_relaxed);
}

void SampleTally::Close() {
  if (std::exchange(closed_, true)) return;
  if (same_as_ != nullptr) {
    same_as_->Close();
    TakeAll(*same_as_);
  }
  for (const Child& child : children_) {
    child.tally->Close();
    switch (child.kind) {
      case Kind::kOnce: TakeOnce(*child.tally); break;
      case Kind::kPart: TakeAll(*child.tally); break;
      case Kind::kSubquery: TakeSubquery(*child.tally, child.windows); break;
    }
  }
}

void SampleTally::TakeAll(const SampleTally& other) {
  Add(other.total());
  for (size_t step = 0; step < other.steps_.size(); ++step)
    AddAtStep(step, {other.steps_[step].queried, other.steps_[step].read});
}

void SampleTally::TakeOnce(const SampleTally& child) {
  const SampleCounts counts = child.total();
  Add({counts.queried * static_cast<int64_t>(grid_.count), 0});
  for (size_t step = 0; step < steps_.size(); ++step) AddAtStep(step, {counts.queried, 0});
  TakeRead(counts.read, 0);
}

void SampleTally::TakeRead(int64_t read, size_t step) {
  Add({0, read});
  if (by_step()) AddAtStep(step, {0, read});
}

void SampleTally::TakeSubquery(const SampleTally& child, Windows windows) {
  if (windows.range_ms == 0) {
    const int64_t queried = child.total().queried;
    Add({queried, 0});
    if (by_step()) AddAtStep(grid_.count - 1, {queried, 0});
  }
  if (grid_.count == 1 || !by_step()) return TakeRead(child.total().read, 0);
  for (size_t i = 0; i < child.steps_.size(); ++i) {
    const int64_t read = child.steps_[i].read;
    if (read == 0) continue;
    // The first step that is not before it looks at it, if its window reaches that far back.
    const TimestampMs time = child.grid_.At(i) + windows.offset_ms;
    const int64_t after = time > grid_.start ? (time - grid_.start + grid_.step_ms - 1) / grid_.step_ms : 0;
    const size_t step = std::min(static_cast<size_t>(after), grid_.count - 1);
    if (windows.range_ms == 0 || time > grid_.At(step) - windows.range_ms) TakeRead(read, step);
  }
}

std::vector<SampleCounts> SampleTally::steps() const {
  std::vector<SampleCounts> steps;
  steps.reserve(steps_.size());
  for (const AtomicCounts& counts : steps_) steps.push_back({counts.queried, counts.read});
  return steps;
}

}  // namespace varve::promql
