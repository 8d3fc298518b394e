#include "promql/engine/shared_selections.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/status_macros.h"
#include "runtime/memory_budget.h"

namespace varve::promql {
namespace {

// Of the memory a query may hold, what may be kept for other scans; and without a limit so much.
constexpr int64_t kShareOfLimit = 8;
constexpr int64_t kBytesMax = 256 << 20;

// But for the labels of interest.
bool IsSame(const SelectRequest& a, const SelectRequest& b) {
  return a.range == b.range && a.matchers == b.matchers && a.hints.step_ms == b.hints.step_ms &&
         a.hints.range_ms == b.hints.range_ms && a.hints.function == b.hints.function && a.hints.limit == b.hints.limit &&
         a.hints.labels_only == b.hints.labels_only;
}

bool WantSameLabels(const SelectHints& a, const SelectHints& b) {
  return a.grouping == b.grouping && a.grouping_by == b.grouping_by && a.has_grouping == b.has_grouping &&
         a.projection == b.projection && a.projection_include == b.projection_include;
}

}  // namespace

class SharedSelections::KeptSeries {
 public:
  explicit KeptSeries(MemoryBudget* memory) : held_(memory) {
    const bool limited = memory != nullptr && memory->limit() > 0;
    bytes_left_ = limited ? memory->limit() / kShareOfLimit : kBytesMax;
  }

  void Keep(const std::shared_ptr<const Series>& series) {
    if (given_up_) return;
    const auto bytes = static_cast<int64_t>(series->held_bytes() + sizeof(*series));
    bytes_left_ -= bytes;
    if (bytes_left_ < 0 || !held_.Grow(bytes).ok()) return GiveUp();
    series_.push_back(series);
  }
  void Finish(std::vector<std::string> warnings) {
    warnings_ = std::move(warnings);
    complete_ = !given_up_;
  }
  void GiveUp() {
    given_up_ = true;
    series_ = {};
    held_.Reset();
  }

  bool complete() const { return complete_; }
  const std::vector<std::shared_ptr<const Series>>& series() const { return series_; }
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  MemoryReservation held_;
  int64_t bytes_left_ = 0;
  bool given_up_ = false, complete_ = false;
  std::vector<std::shared_ptr<const Series>> series_;
  std::vector<std::string> warnings_;
};

// Passes on the series of a set and keeps them.
class SharedSelections::KeepingSet final : public SeriesSet {
 public:
  KeepingSet(std::unique_ptr<SeriesSet> set, std::shared_ptr<KeptSeries> kept) : set_(std::move(set)), kept_(std::move(kept)) {}

  bool Next() override {
    if (set_->Next()) {
      kept_->Keep(set_->At());
      return true;
    }
    if (set_->status().ok()) {
      kept_->Finish(set_->warnings());
    } else {
      kept_->GiveUp();
    }
    return false;
  }
  const std::shared_ptr<const Series>& At() const override { return set_->At(); }
  const absl::Status& status() const override { return set_->status(); }
  std::vector<std::string> warnings() const override { return set_->warnings(); }

 private:
  const std::unique_ptr<SeriesSet> set_;
  const std::shared_ptr<KeptSeries> kept_;
};

class SharedSelections::RepeatingSet final : public SeriesSet {
 public:
  explicit RepeatingSet(std::shared_ptr<const KeptSeries> kept) : kept_(std::move(kept)) {}

  bool Next() override {
    if (next_ == kept_->series().size()) return false;
    ++next_;
    return true;
  }
  const std::shared_ptr<const Series>& At() const override { return kept_->series()[next_ - 1]; }
  const absl::Status& status() const override { return status_; }
  std::vector<std::string> warnings() const override { return kept_->warnings(); }

 private:
  const std::shared_ptr<const KeptSeries> kept_;
  const absl::Status status_;
  size_t next_ = 0;
};

SharedSelections::Entry* SharedSelections::Find(const SelectRequest& request) {
  const auto found = std::ranges::find_if(entries_, [&](const Entry& entry) { return IsSame(entry.request, request); });
  return found == entries_.end() ? nullptr : &*found;
}

bool SharedSelections::Expect(const SelectRequest& request) {
  Entry* entry = Find(request);
  if (entry == nullptr) {
    entries_.push_back({.request = request});
    return false;
  }
  ++entry->scans;
  SelectHints& hints = entry->request.hints;
  if (!WantSameLabels(hints, request.hints)) {
    hints.grouping.clear();
    hints.projection.clear();
    hints.grouping_by = hints.has_grouping = hints.projection_include = false;
  }
  return true;
}

absl::StatusOr<std::unique_ptr<SeriesSet>> SharedSelections::Select(const Context& ctx, const SelectRequest& request) {
  Entry* entry = Find(request);
  if (entry == nullptr) return source_.Select(ctx, request);
  --entry->scans;
  if (entry->kept != nullptr && entry->kept->complete()) {
    auto set = std::make_unique<RepeatingSet>(entry->kept);
    if (entry->scans == 0) entry->kept.reset();
    return set;
  }
  if (entry->kept != nullptr || entry->scans <= 0) return source_.Select(ctx, request);
  VARVE_ASSIGN_OR_RETURN(std::unique_ptr<SeriesSet> set, source_.Select(ctx, entry->request));
  entry->kept = std::make_shared<KeptSeries>(ctx.memory());
  return std::make_unique<KeepingSet>(std::move(set), entry->kept);
}

}  // namespace varve::promql
