#include "store/limited_store.h"

#include <string>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

constexpr uint64_t kSamplesPerChunk = 120;

struct DroppedSelects {
  Counter& series;
  Counter& chunks;
};

// The aggregates of one downsampled chunk are one chunk.
uint64_t CountChunks(const std::vector<ChunkView>& chunks) {
  uint64_t count = 0;
  for (size_t i = 0; i < chunks.size(); ++i) {
    const bool continues = i > 0 && chunks[i].aggregate != Aggregate::kRaw && chunks[i - 1].aggregate != Aggregate::kRaw &&
                           chunks[i].aggregate != chunks[i - 1].aggregate && chunks[i].min_time == chunks[i - 1].min_time &&
                           chunks[i].max_time == chunks[i - 1].max_time;
    if (!continues) ++count;
  }
  return count;
}

class LimitedSet final : public ChunkSeriesSet {
 public:
  LimitedSet(std::unique_ptr<ChunkSeriesSet> set, SelectLimits limits, DroppedSelects& dropped)
      : set_(std::move(set)), limits_(limits), dropped_(dropped) {}

  bool Next() override {
    if (!exceeded_.ok() || !set_->Next()) return false;
    ++series_;
    samples_ += CountChunks(set_->At().chunks) * kSamplesPerChunk;
    if (limits_.series > 0 && series_ > limits_.series) {
      dropped_.series.Increment();
      exceeded_ = Exceeded("series", limits_.series, series_);
    } else if (limits_.samples > 0 && samples_ > limits_.samples) {
      dropped_.chunks.Increment();
      exceeded_ = Exceeded("samples", limits_.samples, samples_);
    }
    return exceeded_.ok();
  }
  ChunkSeries& At() override { return set_->At(); }
  const absl::Status& status() const override { return exceeded_.ok() ? set_->status() : exceeded_; }
  std::vector<std::string> warnings() const override { return set_->warnings(); }

 private:
  static absl::Status Exceeded(std::string_view what, uint64_t limit, uint64_t got) {
    return AsOwnLimit(ResourceExhausted("failed to send {}: limit {} violated (got {})", what, limit, got));
  }

  const std::unique_ptr<ChunkSeriesSet> set_;
  const SelectLimits limits_;
  DroppedSelects& dropped_;
  uint64_t series_ = 0, samples_ = 0;
  absl::Status exceeded_;
};

class LimitedStore final : public StoreApi {
 public:
  LimitedStore(std::unique_ptr<StoreApi> store, MetricsRegistry& registry, SelectLimits limits)
      : store_(std::move(store)), limits_(limits), dropped_(MakeCounters(registry)) {}

  absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> Series(const Context& ctx, const SeriesRequest& request) override {
    VARVE_ASSIGN_OR_RETURN(std::unique_ptr<ChunkSeriesSet> set, store_->Series(ctx, request));
    if (limits_.series == 0 && limits_.samples == 0) return set;
    return std::make_unique<LimitedSet>(std::move(set), limits_, dropped_);
  }
  absl::StatusOr<LabelsResult> LabelNames(const Context& ctx, const StoreLabelsRequest& request) override {
    return store_->LabelNames(ctx, request);
  }
  absl::StatusOr<LabelsResult> LabelValues(const Context& ctx, std::string_view label,
                                           const StoreLabelsRequest& request) override {
    return store_->LabelValues(ctx, label, request);
  }
  std::shared_ptr<const StoreInfo> Info() const override { return store_->Info(); }

 private:
  static DroppedSelects MakeCounters(MetricsRegistry& registry) {
    CounterFamily& family = NewCounterFamily(registry, "thanos_store_selects_dropped_total",
                                             "Number of select queries that were dropped due to configured limits.");
    return {family.Add({{"reason", "series"}}), family.Add({{"reason", "chunks"}})};
  }

  const std::unique_ptr<StoreApi> store_;
  const SelectLimits limits_;
  DroppedSelects dropped_;
};

}  // namespace

std::unique_ptr<StoreApi> NewLimitedStore(std::unique_ptr<StoreApi> store, MetricsRegistry& registry, SelectLimits limits) {
  return std::make_unique<LimitedStore>(std::move(store), registry, limits);
}

}  // namespace varve
