#include "store/querier_source.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/downsample/resolution.h"
#include "store/spread_windows.h"
#include "store/unit_samples.h"
#include "store/window_values.h"

namespace varve {
namespace {

struct ReadPlan {
  ReadAs as = ReadAs::kAverage;
  bool deduplicate = false;
  DedupAlgorithm algorithm = DedupAlgorithm::kPenalty;
  bool counter = false;                           // replicas are merged as counters
  QueryRange range;                               // of the selector; replicas are merged over all of it, whatever part is read
  bool of_range = false;                          // a range selector
  std::optional<WindowFunction> window_function;  // computed of aggregates where there are some
  int64_t spacing_ms = 0;                         // the function finds a sample wherever they are no further apart
  bool interpolate = false;
};

template <typename Columns>
void AppendWithin(QueryRange range, Columns& from, Columns& out) {
  for (size_t i = 0; i < from.size(); ++i) {
    if (from.times[i] < range.min || from.times[i] > range.max_inclusive) continue;
    out.Append(from.times[i], std::move(from.values[i]));
  }
}

bool HasHistograms(ChunkUnit unit) {
  return std::any_of(unit.begin(), unit.end(), [](const ChunkView& chunk) {
    return chunk.encoding == ChunkEncoding::kHistogram || chunk.encoding == ChunkEncoding::kFloatHistogram;
  });
}

// Wider by two of the widest downsampled windows on either side: the one at the edge, and the one before it.
QueryRange Widened(QueryRange range) {
  const auto wider = [](TimestampMs time, int64_t by) { return std::clamp(time, -kMaxTimestamp / 2, kMaxTimestamp / 2) + by; };
  return {wider(range.min, -2 * kOneHourMs), wider(range.max_inclusive, 2 * kOneHourMs)};
}

class StoredSeries : public Series {
 public:
  StoredSeries(ChunkSeries series, const ReadPlan& plan) : series_(std::move(series)), plan_(plan) {}

  const Labels& labels() const override { return series_.labels; }
  size_t held_bytes() const override { return HeldBytes(series_); }

  absl::Status Read(const Context& ctx, QueryRange range, SeriesSamples& out) const override {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    range = {std::max(range.min, plan_.range.min), std::min(range.max_inclusive, plan_.range.max_inclusive)};
    if (!HasDownsampled(series_.chunks)) return Merge(RawUnits(series_.chunks), {.as = plan_.as}, plan_.range, range, out);
    VARVE_ASSIGN_OR_RETURN(std::vector<UnitPart> parts, MixResolutions(ChunkUnits(series_.chunks)));
    const ResolutionMap resolutions(parts);
    if (plan_.window_function.has_value()) {  // ReadAggregates has the others
      std::erase_if(parts, [](const UnitPart& part) { return part.resolution_ms > 0 && !HasHistograms(part.unit); });
    }
    SeriesSamples samples;
    VARVE_RETURN_IF_ERROR(Merge(parts, {.as = plan_.as}, Widened(plan_.range), Widened(range), samples));
    SpreadWindows(resolutions, plan_.spacing_ms, plan_.interpolate, samples.floats);
    AppendWithin(range, samples.floats, out.floats);
    AppendWithin(range, samples.histograms, out.histograms);
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<const WindowAggregates>> ReadAggregates(const Context& ctx, QueryRange range) const override {
    if (!plan_.of_range || !HasDownsampled(series_.chunks)) return nullptr;
    VARVE_RETURN_IF_ERROR(ctx.Check());
    VARVE_ASSIGN_OR_RETURN(const std::vector<UnitPart> parts, MixResolutions(ChunkUnits(series_.chunks)));
    const ResolutionMap resolutions(parts);
    if (resolutions.coarsest_ms() == 0) return nullptr;
    if (!plan_.window_function.has_value()) return NewResolutionOnly(resolutions);
    range = Widened(range);
    const bool average = *plan_.window_function == WindowFunction::kAverage;
    SeriesSamples values, counts;
    VARVE_RETURN_IF_ERROR(Merge(parts, {.as = average ? ReadAs::kSum : plan_.as, .count_raw = true}, range, range, values));
    if (average) {
      VARVE_RETURN_IF_ERROR(Merge(parts, {.as = ReadAs::kCount, .count_raw = true}, range, range, counts));
      if (counts.floats.times != values.floats.times) return DataLoss("the timestamps of sums and counts differ");
    }
    return NewWindowValues(*plan_.window_function, std::move(values.floats), std::move(counts.floats), resolutions);
  }

 private:
  // Appends what the replicas are together within `range`, seen from all of `merged`.
  absl::Status Merge(std::span<const UnitPart> parts, ReadOptions options, QueryRange merged, QueryRange range,
                     SeriesSamples& out) const {
    // Where there is one replica with raw samples PromQL sees the resets itself.
    const bool counters =
        std::any_of(parts.begin(), parts.end(), [](const UnitPart& part) { return HasCounterAggregate(part.unit); });
    // Without replicas what overlaps are late samples and copies: all of them count.
    std::vector<std::vector<UnitPart>> replicas;
    if (plan_.deduplicate || !counters) replicas = SplitOverlaps(parts);
    options.apply_resets = options.as == ReadAs::kCounter && (counters || (plan_.deduplicate && replicas.size() > 1));
    if (replicas.size() <= 1) return ReadUnits(parts, options, range, out);
    std::vector<SeriesSamples> samples(replicas.size());
    for (size_t i = 0; i < replicas.size(); ++i) {
      VARVE_RETURN_IF_ERROR(ReadUnits(replicas[i], options, merged, samples[i]));
    }
    SeriesSamples deduplicated = plan_.deduplicate ? Deduplicate(plan_.algorithm, std::move(samples), plan_.counter)
                                                   : Deduplicate(DedupAlgorithm::kChain, std::move(samples), /*counter=*/false);
    AppendWithin(range, deduplicated.floats, out.floats);
    AppendWithin(range, deduplicated.histograms, out.histograms);
    return absl::OkStatus();
  }

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
    const ReadPlan plan = PlanFor(select);
    const SelectHints& hints = select.hints;
    const int64_t resolution = MaxResolutionFor(hints.function, hints.range_ms, options_.max_resolution_ms);
    SeriesRequest request = {.range = select.range,
                             .matchers = select.matchers,
                             .max_resolution_ms = resolution,
                             .fallback_resolution_ms = std::max(options_.fallback_resolution_ms, options_.max_resolution_ms),
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
    // An increase begins with the downsampled window before it.
    if (plan.as == ReadAs::kCounter && plan.of_range && request.range.min > kMinTimestamp + resolution)
      request.range.min -= resolution;
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
  ReadPlan PlanFor(const SelectRequest& select) const {
    const SelectHints& hints = select.hints;
    const bool needs_two = MaxResolutionFor(hints.function, 2, 2) < 2;
    const int64_t looks_back_ms = hints.range_ms > 0 ? hints.range_ms : hints.lookback_ms;
    ReadPlan plan = {.as = ReadAsFor(hints.function),
                     .deduplicate = options_.deduplicate,
                     .algorithm = options_.dedup_algorithm,
                     .counter = IsCounterFunction(hints.function),
                     .range = select.range,
                     .of_range = hints.range_ms > 0,
                     .spacing_ms = needs_two ? looks_back_ms / 2 : looks_back_ms,
                     .interpolate = needs_two};
    if (plan.of_range) plan.window_function = WindowFunctionOf(hints.function);
    return plan;
  }
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
