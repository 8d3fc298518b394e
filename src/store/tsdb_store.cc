#include "store/tsdb_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "store/set_filters.h"

namespace varve {
namespace {

constexpr QueryRange kNothing = {kMaxTimestamp, kMinTimestamp};

class LocalBlocksChunks : public ChunkSource {
 public:
  explicit LocalBlocksChunks(const LocalBlocks& blocks) : blocks_(blocks) {}

  absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> Select(const Context& ctx, QueryRange range, const Matchers& matchers,
                                                         bool labels_only) override {
    return blocks_.Select(ctx, range, matchers, {.labels_only = labels_only});
  }
  absl::StatusOr<std::vector<std::string>> LabelNames(const Context& ctx, QueryRange range, const Matchers& matchers) override {
    return blocks_.LabelNames(ctx, range, matchers);
  }
  absl::StatusOr<std::vector<std::string>> LabelValues(const Context& ctx, std::string_view label, QueryRange range,
                                                       const Matchers& matchers) override {
    return blocks_.LabelValues(ctx, label, range, matchers);
  }
  QueryRange range() const override {
    QueryRange all = kNothing;
    const auto blocks = blocks_.blocks();
    for (const auto& block : *blocks) {
      all.min = std::min(all.min, block->meta().range.min);
      all.max_inclusive = std::max(all.max_inclusive, block->meta().range.max_exclusive);
    }
    return all;
  }

 private:
  const LocalBlocks& blocks_;
};

class JoinedChunks : public ChunkSource {
 public:
  explicit JoinedChunks(std::vector<std::unique_ptr<ChunkSource>> sources) : sources_(std::move(sources)) {}

  absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> Select(const Context& ctx, QueryRange range, const Matchers& matchers,
                                                         bool labels_only) override {
    std::vector<std::unique_ptr<ChunkSeriesSet>> sets;
    for (const auto& source : sources_) {
      VARVE_ASSIGN_OR_RETURN(sets.emplace_back(), source->Select(ctx, range, matchers, labels_only));
    }
    return MergeChunkSeriesSets(std::move(sets));
  }
  absl::StatusOr<std::vector<std::string>> LabelNames(const Context& ctx, QueryRange range, const Matchers& matchers) override {
    return Union([&](ChunkSource& source) { return source.LabelNames(ctx, range, matchers); });
  }
  absl::StatusOr<std::vector<std::string>> LabelValues(const Context& ctx, std::string_view label, QueryRange range,
                                                       const Matchers& matchers) override {
    return Union([&](ChunkSource& source) { return source.LabelValues(ctx, label, range, matchers); });
  }
  QueryRange range() const override {
    QueryRange all = kNothing;
    for (const auto& source : sources_) {
      all.min = std::min(all.min, source->range().min);
      all.max_inclusive = std::max(all.max_inclusive, source->range().max_inclusive);
    }
    return all;
  }

 private:
  template <typename Ask>
  absl::StatusOr<std::vector<std::string>> Union(Ask ask) {
    std::set<std::string> all;
    for (const auto& source : sources_) {
      VARVE_ASSIGN_OR_RETURN(const std::vector<std::string> some, ask(*source));
      all.insert(some.begin(), some.end());
    }
    return std::vector<std::string>(all.begin(), all.end());
  }

  const std::vector<std::unique_ptr<ChunkSource>> sources_;
};

class TsdbStore : public StoreApi {
 public:
  TsdbStore(ChunkSource& source, Labels external_labels, std::string component)
      : source_(source), external_labels_(std::move(external_labels)), component_(std::move(component)) {}

  absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> Series(const Context& ctx, const SeriesRequest& request) override {
    const std::optional<Matchers> matchers = MatchersWithout(external_labels_, request.matchers);
    if (!matchers.has_value()) return NewChunkSeriesSet({});
    if (matchers->empty()) return InvalidArgument("no matchers specified (excluding external labels)");
    VARVE_ASSIGN_OR_RETURN(auto set, source_.Select(ctx, request.range, *matchers, request.skip_chunks));
    set = NewAggregatedSeries(std::move(set), request.aggregates);
    set = NewRelabelledSeries(std::move(set), external_labels_, request.without_replica_labels);
    return NewLimitedSeries(NewShardedSeries(std::move(set), request.shard), request.limit);
  }

  absl::StatusOr<LabelsResult> LabelNames(const Context& ctx, const StoreLabelsRequest& request) override {
    const std::optional<Matchers> matchers = MatchersWithout(external_labels_, request.matchers);
    if (!matchers.has_value()) return LabelsResult();
    VARVE_ASSIGN_OR_RETURN(const std::vector<std::string> found, source_.LabelNames(ctx, request.range, *matchers));
    if (found.empty()) return LabelsResult();
    std::set<std::string> names(found.begin(), found.end());
    for (const LabelView& label : external_labels_) names.emplace(label.name);
    for (const std::string& name : request.without_replica_labels) names.erase(name);
    return Limited({names.begin(), names.end()}, request.limit);
  }

  absl::StatusOr<LabelsResult> LabelValues(const Context& ctx, std::string_view label,
                                           const StoreLabelsRequest& request) override {
    if (label.empty()) return InvalidArgument("label name parameter cannot be empty");
    const std::vector<std::string>& without = request.without_replica_labels;
    const std::optional<Matchers> matchers = MatchersWithout(external_labels_, request.matchers);
    if (!matchers.has_value() || std::find(without.begin(), without.end(), label) != without.end()) return LabelsResult();
    const std::string_view external = external_labels_.Get(label);
    if (external.empty()) {
      VARVE_ASSIGN_OR_RETURN(std::vector<std::string> values, source_.LabelValues(ctx, label, request.range, *matchers));
      return Limited(std::move(values), request.limit);
    }
    if (!matchers->empty()) {
      VARVE_ASSIGN_OR_RETURN(const auto any, source_.Select(ctx, request.range, *matchers, /*labels_only=*/true));
      if (!any->Next()) return any->status().ok() ? absl::StatusOr<LabelsResult>(LabelsResult()) : any->status();
    }
    return LabelsResult{{std::string(external)}, {}};
  }

  std::shared_ptr<const StoreInfo> Info() const override {
    auto info = std::make_shared<StoreInfo>();
    info->component = component_;
    info->range = source_.range();
    if (!external_labels_.empty()) info->label_sets = {external_labels_};
    info->tsdbs = {{external_labels_, info->range}};
    return info;
  }

 private:
  static LabelsResult Limited(std::vector<std::string> values, uint64_t limit) {
    if (limit > 0 && values.size() > limit) values.resize(limit);
    return {std::move(values), {}};
  }

  ChunkSource& source_;
  const Labels external_labels_;
  const std::string component_;
};

}  // namespace

std::unique_ptr<ChunkSource> NewLocalBlocksChunks(const LocalBlocks& blocks) {
  return std::make_unique<LocalBlocksChunks>(blocks);
}

std::unique_ptr<ChunkSource> JoinChunkSources(std::vector<std::unique_ptr<ChunkSource>> sources) {
  return std::make_unique<JoinedChunks>(std::move(sources));
}

std::unique_ptr<StoreApi> NewTsdbStore(ChunkSource& source, Labels external_labels, std::string component) {
  return std::make_unique<TsdbStore>(source, std::move(external_labels), std::move(component));
}

}  // namespace varve
