#include "store/querier_source.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "store/unit_samples.h"

namespace varve {
namespace {

struct ReadPlan {
  ReadAs as = ReadAs::kAverage;
  bool deduplicate = false;
  DedupAlgorithm algorithm = DedupAlgorithm::kPenalty;
  bool counter = false;  // replicas are merged as counters
  QueryRange range;      // of the selector; replicas are merged over all of it, whatever part is read
};

template <typename Columns>
void AppendWithin(QueryRange range, Columns& from, Columns& out) {
  for (size_t i = 0; i < from.size(); ++i) {
    if (from.times[i] < range.min || from.times[i] > range.max_inclusive) continue;
    out.Append(from.times[i], std::move(from.values[i]));
  }
}

class StoredSeries : public Series {
 public:
  StoredSeries(ChunkSeries series, const ReadPlan& plan) : series_(std::move(series)), plan_(plan) {}

  const Labels& labels() const override { return series_.labels; }
  size_t held_bytes() const override { return HeldBytes(series_); }

  absl::Status Read(const Context& ctx, QueryRange range, SeriesSamples& out) const override {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    range = {std::max(range.min, plan_.range.min), std::min(range.max_inclusive, plan_.range.max_inclusive)};
    const std::vector<ChunkUnit> units = ChunkUnits(series_.chunks);
    std::vector<std::vector<ChunkUnit>> replicas;
    if (plan_.deduplicate) replicas = SplitOverlaps(units);
    // Where there is one replica with raw samples PromQL sees the resets itself.
    const bool apply_resets = plan_.as == ReadAs::kCounter && (replicas.size() > 1 || HasCounterAggregate(units));
    if (replicas.size() <= 1) return ReadUnits(units, plan_.as, apply_resets, range, out);
    std::vector<SeriesSamples> samples(replicas.size());
    for (size_t i = 0; i < replicas.size(); ++i) {
      VARVE_RETURN_IF_ERROR(ReadUnits(replicas[i], plan_.as, apply_resets, plan_.range, samples[i]));
    }
    SeriesSamples merged = Deduplicate(plan_.algorithm, std::move(samples), plan_.counter);
    AppendWithin(range, merged.floats, out.floats);
    AppendWithin(range, merged.histograms, out.histograms);
    return absl::OkStatus();
  }

 private:
  const ChunkSeries series_;
  const ReadPlan plan_;
};

class StoredSeriesSet : public SeriesSet {
 public:
  StoredSeriesSet(std::unique_ptr<ChunkSeriesSet> set, const ReadPlan& plan) : set_(std::move(set)), plan_(plan) {}

  bool Next() override {
    if (!set_->Next()) return false;
    current_ = std::make_shared<StoredSeries>(std::move(set_->At()), plan_);
    return true;
  }
  const std::shared_ptr<const Series>& At() const override { return current_; }
  const absl::Status& status() const override { return set_->status(); }
  std::vector<std::string> warnings() const override { return set_->warnings(); }

 private:
  std::unique_ptr<ChunkSeriesSet> set_;
  const ReadPlan plan_;
  std::shared_ptr<const Series> current_;
};

class QuerierSource : public SeriesSource {
 public:
  QuerierSource(StoreApi& store, QuerierOptions options) : store_(store), options_(std::move(options)) {
    options_.deduplicate = options_.deduplicate && !options_.replica_labels.empty();
  }

  absl::StatusOr<std::unique_ptr<SeriesSet>> Select(const Context& ctx, const SelectRequest& select) override {
    const ReadPlan plan = {.as = ReadAsFor(select.hints.function),
                           .deduplicate = options_.deduplicate,
                           .algorithm = options_.dedup_algorithm,
                           .counter = IsCounterFunction(select.hints.function),
                           .range = select.range};
    SeriesRequest request = {
        .range = select.range,
        .matchers = select.matchers,
        .max_resolution_ms = MaxResolutionFor(select.hints.function, select.hints.range_ms, options_.max_resolution_ms),
        .aggregates = AggregatesOf(plan.as),
        .partial_response = options_.partial_response,
        .skip_chunks = options_.skip_chunks || select.hints.labels_only,
        .shard = options_.shard,
        .limit = select.hints.limit,
        .batch_size = options_.batch_size,
        .hints = select.hints,
        .endpoint_matchers = options_.endpoint_matchers,
        .tenant = options_.tenant,
        .observer = options_.observer};
    if (options_.deduplicate) request.without_replica_labels = options_.replica_labels;
    VARVE_ASSIGN_OR_RETURN(std::unique_ptr<ChunkSeriesSet> set, store_.Series(ctx, request));
    return std::make_unique<StoredSeriesSet>(std::move(set), plan);
  }

  absl::StatusOr<LabelsResult> LabelNames(const Context& ctx, const LabelsRequest& request) override {
    return store_.LabelNames(ctx, StoreRequest(request));
  }
  absl::StatusOr<LabelsResult> LabelValues(const Context& ctx, std::string_view label, const LabelsRequest& request) override {
    return store_.LabelValues(ctx, label, StoreRequest(request));
  }

 private:
  StoreLabelsRequest StoreRequest(const LabelsRequest& labels) const {
    StoreLabelsRequest request = {.range = labels.range,
                                  .matchers = labels.matchers,
                                  .partial_response = options_.partial_response,
                                  .limit = labels.limit,
                                  .endpoint_matchers = options_.endpoint_matchers,
                                  .tenant = options_.tenant};
    if (options_.deduplicate) request.without_replica_labels = options_.replica_labels;
    return request;
  }

  StoreApi& store_;
  QuerierOptions options_;
};

}  // namespace

std::unique_ptr<SeriesSource> NewQuerierSource(StoreApi& store, QuerierOptions options) {
  return std::make_unique<QuerierSource>(store, std::move(options));
}

}  // namespace varve
