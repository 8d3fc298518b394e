#include "blocks/meta_filter.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_group.h"

namespace varve {
namespace {

constexpr std::string_view kBlockIdLabel = "__block_id";

class TimeRangeFilter : public MetaFilter {
 public:
  explicit TimeRangeFilter(std::function<QueryRange()> range) : range_(std::move(range)) {}
  absl::Status Filter(const Context&, BlockMetaMap& metas, SyncedStates& states) override {
    const QueryRange range = range_();
    states["time-excluded"] += std::erase_if(metas, [&range](const auto& entry) {
      const BlockRange& block = entry.second->range;
      return block.max_exclusive < range.min || block.min > range.max_inclusive;
    });
    return absl::OkStatus();
  }

 private:
  const std::function<QueryRange()> range_;
};

class LabelShardFilter : public MetaFilter {
 public:
  LabelShardFilter(RelabelRules rules, std::vector<std::string> ignored)
      : rules_(std::move(rules)), ignored_(std::move(ignored)) {}
  absl::Status Filter(const Context&, BlockMetaMap& metas, SyncedStates& states) override {
    states["label-excluded"] += std::erase_if(metas, [this](const auto& entry) { return !Keeps(*entry.second); });
    return absl::OkStatus();
  }

 private:
  bool Keeps(const BlockMeta& meta) const {
    LabelsBuilder labels(ExternalLabelsOf(meta));
    for (const std::string& name : ignored_) labels.Del(name);
    labels.Set(kBlockIdLabel, meta.id.ToString());
    const std::optional<Labels> kept = Relabel(labels.Build(), rules_);
    return kept.has_value() && !kept->empty();
  }

  const RelabelRules rules_;
  const std::vector<std::string> ignored_;
};

class ConsistencyDelayFilter : public MetaFilter {
 public:
  ConsistencyDelayFilter(std::chrono::milliseconds delay, Clock& clock) : delay_(delay), clock_(clock) {}
  absl::Status Filter(const Context&, BlockMetaMap& metas, SyncedStates& states) override {
    const TimestampMs now = clock_.NowMs();
    states["too-fresh"] += std::erase_if(metas, [this, now](const auto& entry) { return IsTooFresh(*entry.second, now); });
    return absl::OkStatus();
  }

 private:
  bool IsTooFresh(const BlockMeta& meta, TimestampMs now) const {
    const std::string_view source = meta.thanos.has_value() ? std::string_view(meta.thanos->source) : std::string_view();
    if (source == "bucket.repair" || source == "compactor" || source == "compactor.repair") return false;
    const TimestampMs made = meta.thanos.has_value() && meta.thanos->upload_time.has_value()
                                 ? *meta.thanos->upload_time
                                 : static_cast<TimestampMs>(meta.id.unix_ms());
    return now - made < delay_.count();
  }

  const std::chrono::milliseconds delay_;
  Clock& clock_;
};

using BlockGroup = std::vector<std::shared_ptr<const BlockMeta>>;

// The blocks of `group` (in order of id) whose sources another one has, with that one.
std::map<Ulid, std::shared_ptr<const BlockMeta>> DuplicatesIn(BlockGroup& group) {
  std::ranges::stable_sort(group, std::ranges::greater(), [](const auto& block) { return block->compaction.sources.size(); });
  std::map<Ulid, std::shared_ptr<const BlockMeta>> duplicates;
  std::map<Ulid, std::vector<size_t>> kept_by_source;  // which kept blocks have that source
  std::vector<size_t> kept_sources;                    // how many of the block's sources each kept block has
  BlockGroup kept;
  for (const auto& block : group) {
    const std::vector<Ulid>& sources = block->compaction.sources;
    kept_sources.assign(kept.size(), 0);
    for (const Ulid& source : sources) {
      const auto found = kept_by_source.find(source);
      if (found == kept_by_source.end()) break;  // no one covers it
      for (const size_t index : found->second) ++kept_sources[index];
    }
    const auto covering = std::ranges::find(kept_sources, sources.size());
    if (covering != kept_sources.end()) {
      duplicates.emplace(block->id, kept[static_cast<size_t>(covering - kept_sources.begin())]);
      continue;
    }
    for (const Ulid& source : sources) {
      std::vector<size_t>& having = kept_by_source[source];
      if (having.empty() || having.back() != kept.size()) having.push_back(kept.size());
    }
    kept.push_back(block);
  }
  return duplicates;
}

}  // namespace

std::unique_ptr<MetaFilter> NewTimeRangeFilter(std::function<QueryRange()> range) {
  return std::make_unique<TimeRangeFilter>(std::move(range));
}

std::unique_ptr<MetaFilter> NewLabelShardFilter(RelabelRules rules, std::vector<std::string> ignored_labels) {
  return std::make_unique<LabelShardFilter>(std::move(rules), std::move(ignored_labels));
}

std::unique_ptr<MetaFilter> NewConsistencyDelayFilter(std::chrono::milliseconds delay, Clock& clock, MetricsRegistry& registry,
                                                      const std::string& metrics_prefix) {
  NewGauge(registry, metrics_prefix + "consistency_delay_seconds", "Configured consistency delay in seconds.")
      .Set(std::chrono::duration<double>(delay).count());
  return std::make_unique<ConsistencyDelayFilter>(delay, clock);
}

absl::Status DuplicateFilter::Filter(const Context&, BlockMetaMap& metas, SyncedStates& states) {
  std::map<std::string, BlockGroup> groups;
  for (const auto& [id, meta] : metas) groups[GroupKey(*meta)].push_back(meta);
  std::map<Ulid, std::shared_ptr<const BlockMeta>> duplicates;
  for (auto& [key, group] : groups) duplicates.merge(DuplicatesIn(group));
  for (const auto& [id, covering] : duplicates) states["duplicate"] += metas.erase(id);
  MutexLock lock(mutex_);
  duplicates_ = std::move(duplicates);
  return absl::OkStatus();
}

std::map<Ulid, std::shared_ptr<const BlockMeta>> DuplicateFilter::duplicates() const {
  MutexLock lock(mutex_);
  return duplicates_;
}

std::unique_ptr<MetaFilter> NewDuplicateFilter() { return std::make_unique<DuplicateFilter>(); }

DeletionMarkFilter::DeletionMarkFilter(Bucket& bucket, Executor& executor, Clock& clock, Logger logger,
                                       std::chrono::milliseconds delay, size_t parallel_max, const MetaCache* listing)
    : bucket_(bucket),
      executor_(executor),
      clock_(clock),
      logger_(std::move(logger)),
      delay_(delay),
      parallel_max_(parallel_max),
      listing_(listing) {}

absl::Status DeletionMarkFilter::Filter(const Context& ctx, BlockMetaMap& metas, SyncedStates& states) {
  Mutex mutex;
  const std::map<Ulid, BlockMark> known = this->marks();
  std::map<Ulid, BlockMark> marks;
  std::map<Ulid, TimestampMs> modified;
  TaskGroup group(ctx, executor_, {.parallel_max = parallel_max_});
  for (const auto& [id, meta] : metas) {
    using Is = ListedBlock::Is;
    TimestampMs listed_modified = 0;
    const Is listed = listing_ == nullptr ? Is::kUnknown : listing_->ListedDeletionMark(id, listed_modified);
    if (listed == Is::kAbsent) continue;
    if (listed == Is::kPresent) modified.emplace(id, listed_modified);
    const auto before = modified_.find(id);
    const auto mark_before = known.find(id);
    if (listed == Is::kPresent && before != modified_.end() && before->second == listed_modified && mark_before != known.end()) {
      MutexLock lock(mutex);
      marks.insert(*mark_before);
      continue;
    }
    group.Run([&, id = id](const Context& task_ctx) -> absl::Status {
      VARVE_ASSIGN_OR_RETURN(const auto mark, ReadMark(task_ctx, bucket_, id, MarkKind::kDeletion, logger_));
      if (!mark.has_value()) return absl::OkStatus();
      MutexLock lock(mutex);
      marks.emplace(id, *mark);
      return absl::OkStatus();
    });
  }
  VARVE_RETURN_IF_ERROR(Annotate(group.Wait(), "filter blocks marked for deletion"));

  const double now_s = static_cast<double>(clock_.NowMs()) / 1000;
  const double delay_s = static_cast<double>(delay_.count()) / 1000;
  for (const auto& [id, mark] : marks) {
    if (now_s - static_cast<double>(mark.time_s) > delay_s) states["marked-for-deletion"] += metas.erase(id);
  }
  modified_ = std::move(modified);
  MutexLock lock(mutex_);
  marks_ = std::move(marks);
  return absl::OkStatus();
}

std::map<Ulid, BlockMark> DeletionMarkFilter::marks() const {
  MutexLock lock(mutex_);
  return marks_;
}

}  // namespace varve
