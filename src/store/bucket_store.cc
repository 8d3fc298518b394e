#include "store/bucket_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_group.h"
#include "store/block_answer.h"
#include "store/set_filters.h"

namespace varve {
namespace {

// For so long local blocks are opened one after the other: most have nothing for a query or are read sooner than a thread wakes.
constexpr std::chrono::microseconds kAloneMax{100};

// What a Series call holds until its answer was read: a place at the gate, the catalog's blocks, the count of its cost.
class BucketAnswer : public ChunkSeriesSet {
 public:
  struct Held {
    Gate::Ticket ticket;
    std::shared_ptr<const BlockCatalog> catalog;
    std::shared_ptr<QueryCost> cost;
    std::vector<Ulid> blocks;
    BucketUsage* account = nullptr;               // of who asks; may be null
    std::vector<std::string> warnings;            // about what is not among the blocks
    std::function<void(const SeriesStats&)> log;  // called at the end
  };
  BucketAnswer(Held held, std::unique_ptr<ChunkSeriesSet> merged, uint64_t limit, SeriesObserver* observer,
               BucketStoreMetrics& metrics)
      : held_(std::move(held)),
        merged_(std::move(merged)),
        left_(limit == 0 ? UINT64_MAX : limit),
        observer_(observer),
        metrics_(metrics) {}
  ~BucketAnswer() override { Report(); }

  bool Next() override {
    if (left_ == 0 || !merged_->Next()) {
      Report();
      return false;
    }
    --left_;
    ++merged_series_;
    const std::vector<ChunkView>& chunks = merged_->At().chunks;
    merged_chunks_ += static_cast<int64_t>(chunks.size());
    uint64_t bytes = 0;
    for (const ChunkView& chunk : chunks) bytes += chunk.data.size();
    if (!chunks.empty()) chunk_sizes_.Add(bytes);
    return true;
  }
  ChunkSeries& At() override { return merged_->At(); }
  const absl::Status& status() const override { return merged_->status(); }
  std::vector<std::string> warnings() const override {
    std::vector<std::string> warnings = merged_->warnings();
    warnings.insert(warnings.end(), held_.warnings.begin(), held_.warnings.end());
    return warnings;
  }

 private:
  void Report() {
    if (std::exchange(reported_, true)) return;
    metrics_.blocks_queried.Observe(static_cast<double>(held_.blocks.size()));
    metrics_.series_touched.Observe(static_cast<double>(held_.cost->series()));
    metrics_.chunks_touched.Observe(static_cast<double>(held_.cost->chunks()));
    metrics_.bytes_touched.Observe(static_cast<double>(held_.cost->fetch().bytes_wanted));
    metrics_.bytes_fetched.Observe(static_cast<double>(held_.cost->fetch().bytes));
    metrics_.result_series.Observe(static_cast<double>(merged_series_));
    metrics_.merge_duration.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - opened_).count());
    chunk_sizes_.AddTo(metrics_.sent_chunk_bytes);
    const SeriesStats stats = {.blocks = held_.blocks,
                               .series = merged_series_,
                               .chunks = merged_chunks_,
                               .series_touched = static_cast<int64_t>(held_.cost->series()),
                               .chunks_touched = static_cast<int64_t>(held_.cost->chunks()),
                               .downloaded_bytes = static_cast<int64_t>(held_.cost->fetch().bytes),
                               .bucket = held_.cost->usage().totals()};
    metrics_.bucket_requests.Observe(static_cast<double>(stats.bucket.all_requests()));
    if (held_.account != nullptr) held_.account->AddAll(stats.bucket);
    if (held_.log) held_.log(stats);
    if (observer_ != nullptr) observer_->OnStats(stats);
  }

  Held held_;  // outlives merged_
  std::unique_ptr<ChunkSeriesSet> merged_;
  uint64_t left_;
  SeriesObserver* const observer_;
  BucketStoreMetrics& metrics_;
  const std::chrono::steady_clock::time_point opened_ = std::chrono::steady_clock::now();
  int64_t merged_series_ = 0, merged_chunks_ = 0;
  ChunkSizes chunk_sizes_;
  bool reported_ = false;
};

bool BlockMatches(const BucketBlock& block, const Labels& external, const Matchers& matchers) {
  if (matchers.empty()) return true;
  LabelsBuilder builder(external);
  builder.Set("__block_id", block.id().ToString());
  return MatchesAll(matchers, builder.Build());
}

// Tells of a call that took longer than `limit`, with its price.
std::function<void(const SeriesStats&)> LogIfSlow(const Logger& logger, const SeriesRequest& request,
                                                  std::chrono::steady_clock::time_point start, std::chrono::milliseconds limit) {
  if (limit.count() == 0) return nullptr;
  return [logger, matchers = ToString(request.matchers), range = request.range, start, limit](const SeriesStats& stats) {
    const auto took = std::chrono::steady_clock::now() - start;
    if (took < limit) return;
    const BucketUsage::Totals& bucket = stats.bucket;
    logger.Info("slow Series call", {{"seconds", std::chrono::duration<double>(took).count()},
                                     {"matchers", matchers},
                                     {"mint", range.min},
                                     {"maxt", range.max_inclusive},
                                     {"blocks", stats.blocks.size()},
                                     {"series", stats.series},
                                     {"chunks", stats.chunks},
                                     {"bucket_requests", bucket.all_requests()},
                                     {"bucket_retries", bucket.retries},
                                     {"bucket_bytes", stats.downloaded_bytes},
                                     {"cache_hits", bucket.cache_hits},
                                     {"cache_misses", bucket.cache_misses},
                                     {"dollars", bucket.dollars()}});
  };
}

// About blocks in cold storage of which nothing is known but when they were made; none if they cannot concern `range`.
std::vector<std::string> FrozenMetaWarnings(const BlockCatalog& catalog, QueryRange range) {
  const size_t count = catalog.FrozenSince(range.min);
  if (count == 0) return {};
  return {
      fmt::format("{} blocks may be missing: their meta.json is archived in cold storage (see /api/v1/status/blocks)", count)};
}

}  // namespace

BucketStore::BucketStore(MetaFetcher& fetcher, const IndexHeaderEnvironment& environment, Executor& executor,
                         MetricsRegistry& registry, Logger logger, BucketStoreOptions options)
    : fetcher_(fetcher),
      environment_(environment),
      executor_(executor),
      logger_(std::move(logger)),
      options_(std::move(options)),
      metrics_(registry),
      gate_(registry, "thanos_bucket_store_series_", options_.series_concurrency_max),
      frozen_(environment.clock, registry, logger_),
      left_out_(metrics_.blocks_failed, frozen_, environment.clock, logger_) {}

std::shared_ptr<const BlockCatalog> BucketStore::catalog() const {
  MutexLock lock(mutex_);
  return catalog_;
}

void BucketStore::MakeIndexHeaders(const Context& ctx, const std::vector<std::shared_ptr<const BucketBlock>>& blocks) {
  TaskGroup group(ctx, executor_, {.parallel_max = std::max<size_t>(options_.block_sync_concurrency, 1)});
  for (const auto& block : blocks) {
    group.Run([this, block](const Context& task) {
      if (const absl::Status made = block->index_header().MakeFile(task); !made.ok()) {
        metrics_.block_load_failures.Increment();
        logger_.Warn("making an index-header failed", {{"block", block->id().ToString()}, {"err", made}});
      }
      return absl::OkStatus();
    });
  }
  group.Wait().IgnoreError();
}

absl::Status BucketStore::Sync(const Context& ctx) {
  VARVE_ASSIGN_OR_RETURN(const std::shared_ptr<const BlockSnapshot> snapshot, fetcher_.Fetch(ctx));
  const std::shared_ptr<const BlockCatalog> before = catalog();
  std::map<Ulid, std::shared_ptr<const BucketBlock>> blocks;
  std::vector<std::shared_ptr<const BucketBlock>> fresh;
  for (const auto& [id, meta] : snapshot->blocks) {
    const auto known = before->blocks().find(id);
    if (known != before->blocks().end()) {
      blocks.emplace(id, known->second);
      continue;
    }
    metrics_.block_loads.Increment();
    metrics_.blocks_last_loaded.Set(static_cast<double>(environment_.clock.NowMs()) / 1000);
    fresh.push_back(std::make_shared<const BucketBlock>(environment_, meta, options_.block_limits));
    blocks.emplace(id, fresh.back());
  }
  if (options_.index_headers_first) MakeIndexHeaders(ctx, fresh);
  for (const auto& [id, block] : before->blocks()) {
    if (blocks.contains(id)) continue;
    if (!snapshot->incomplete.ok()) {
      blocks.emplace(id, block);  // may still be there
      continue;
    }
    metrics_.block_drops.Increment();
    if (absl::Status removed = block->index_header().RemoveFile(); !removed.ok()) {
      metrics_.block_drop_failures.Increment();
      logger_.Warn("removing an index-header failed", {{"block", id.ToString()}, {"err", removed}});
    }
  }
  for (const auto& [id, block] : blocks) block->index_header().ReleaseIdle(options_.index_header_idle);
  metrics_.blocks_loaded.Set(static_cast<double>(blocks.size()));
  frozen_.KeepOnly(blocks);
  auto after = std::make_shared<const BlockCatalog>(std::move(blocks), snapshot->frozen);
  MutexLock lock(mutex_);
  catalog_ = std::move(after);
  return absl::OkStatus();
}

QueryRange BucketStore::Clamp(QueryRange range) const {
  const QueryRange served = options_.range();
  return {std::max(range.min, served.min), std::min(range.max_inclusive, served.max_inclusive)};
}

std::vector<BucketStore::Chosen> BucketStore::Choose(const BlockCatalog& catalog, QueryRange range, Resolutions resolutions,
                                                     const Matchers& matchers, const Matchers& block_matchers) const {
  std::vector<Chosen> chosen;
  for (const BlockSet& set : catalog.sets()) {
    const std::optional<Matchers> remaining = MatchersWithout(set.external_labels(), matchers);
    if (!remaining.has_value()) continue;
    for (BlockSet::Choice& choice : set.Choose(range, resolutions.max_ms, resolutions.fallback_ms)) {
      if (!BlockMatches(*choice.block, set.external_labels(), block_matchers)) continue;
      chosen.push_back({&set, std::move(choice), *remaining});
    }
  }
  return chosen;
}

absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> BucketStore::Series(const Context& ctx, const SeriesRequest& request) {
  VARVE_ASSIGN_OR_RETURN(Gate::Ticket ticket, gate_.Enter(ctx));
  const auto start = std::chrono::steady_clock::now();
  BucketAnswer::Held held = {.ticket = std::move(ticket),
                             .catalog = catalog(),
                             .account = ctx.usage(),
                             .log = LogIfSlow(logger_, request, start, options_.log_slower_than)};
  held.cost = std::make_shared<QueryCost>(
      QueryCost::Limits{options_.series_limit, options_.samples_limit, options_.downloaded_bytes_limit},
      metrics_.queries_dropped);
  const Context accounted = ctx.WithUsage(&held.cost->usage());  // `held` lives as long as all that reads
  const QueryRange range = Clamp(request.range);
  const std::vector<Chosen> chosen = Choose(*held.catalog, range, {request.max_resolution_ms, request.fallback_resolution_ms},
                                            request.matchers, request.block_matchers);
  held.warnings = FrozenMetaWarnings(*held.catalog, range);
  if (!held.warnings.empty() && request.partial_response == PartialResponse::kAbort) return Aborted("{}", held.warnings.front());
  std::vector<std::unique_ptr<ChunkSeriesSet>> answers(chosen.size());
  const auto open = [&, cost = held.cost](size_t i) {  // with the caller's context: the sets outlive the group
    const BlockSet::Choice& choice = chosen[i].choice;
    BucketSelect select = {.range = choice.range,
                           .matchers = chosen[i].matchers,
                           .labels_only = request.skip_chunks,
                           .aggregates = request.aggregates,
                           .external_labels = chosen[i].set->external_labels(),
                           .without_labels = request.without_replica_labels,
                           .limit = request.shard.total > 1 ? 0 : request.limit};
    const absl::Status frozen = frozen_.Check(choice.block->id(), !request.skip_chunks);
    using Set = absl::StatusOr<std::unique_ptr<ChunkSeriesSet>>;
    Set set = frozen.ok() ? choice.block->Select(accounted, std::move(select), &cost->fetch()) : Set(frozen);
    if (set.ok() && choice.narrowed) set = NewNarrowedSeries(*std::move(set), choice.range);
    auto answer =
        std::make_unique<BlockAnswer>(accounted, choice.block->id(), request.partial_response, cost, std::move(set), left_out_);
    answer->Prime();
    answers[i] = std::move(answer);
    return answers[i]->status();
  };
  size_t opened = 0;
  for (const Chosen& one : chosen) held.blocks.push_back(one.choice.block->id());
  while (opened < chosen.size() && !environment_.source.cost.is_remote && std::chrono::steady_clock::now() - start < kAloneMax) {
    VARVE_RETURN_IF_ERROR(open(opened++));
  }
  TaskGroup group(ctx, executor_);
  for (; opened < chosen.size(); ++opened) group.Run([&open, i = opened](const Context&) { return open(i); });
  VARVE_RETURN_IF_ERROR(group.Wait());
  metrics_.open_duration.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  std::unique_ptr<ChunkSeriesSet> merged = NewShardedSeries(MergeChunkSeriesSets(std::move(answers)), request.shard);
  return std::make_unique<BucketAnswer>(std::move(held), std::move(merged), request.limit, request.observer, metrics_);
}

absl::StatusOr<LabelsResult> BucketStore::AskBlocks(
    const Context& ctx, const StoreLabelsRequest& request,
    const std::function<absl::StatusOr<std::vector<std::string>>(const Context&, const Chosen&, QueryRange, FetchStats&)>& ask) {
  const std::shared_ptr<const BlockCatalog> now = catalog();
  const QueryRange range = Clamp(request.range);
  const std::vector<Chosen> chosen = Choose(*now, range, {.max_ms = INT64_MAX}, request.matchers, request.block_matchers);
  using Values = std::vector<std::string>;
  std::vector<absl::StatusOr<Values>> answers(chosen.size(), Values());
  QueryCost cost({.bytes = options_.downloaded_bytes_limit}, metrics_.queries_dropped);
  TaskGroup group(ctx.WithUsage(&cost.usage()), executor_);
  for (size_t i = 0; i < chosen.size(); ++i) {
    group.Run([&, i](const Context& task) -> absl::Status {
      const Ulid id = chosen[i].choice.block->id();
      if (absl::Status frozen = frozen_.Check(id, false); frozen.ok()) {
        answers[i] = ask(task, chosen[i], chosen[i].choice.range, cost.fetch());
      } else {
        answers[i] = std::move(frozen);
      }
      VARVE_RETURN_IF_ERROR(cost.CheckBytes());
      if (IsOwnLimit(answers[i].status())) return answers[i].status();
      const bool give_up = !answers[i].ok() && request.partial_response == PartialResponse::kAbort;
      return give_up ? Aborted("{}: {}", BlockNameInMessages(id), Message(answers[i].status())) : absl::OkStatus();
    });
  }
  const absl::Status asked = group.Wait();
  if (ctx.usage() != nullptr) ctx.usage()->AddAll(cost.usage().totals());
  VARVE_RETURN_IF_ERROR(asked);
  VARVE_RETURN_IF_ERROR(ctx.Check());
  LabelsResult result{.warnings = FrozenMetaWarnings(*now, range)};
  std::set<std::string> values;
  for (size_t i = 0; i < chosen.size(); ++i) {
    if (answers[i].ok()) {
      values.insert(answers[i]->begin(), answers[i]->end());
      continue;
    }
    const Ulid id = chosen[i].choice.block->id();
    left_out_.Add(id, answers[i].status());
    result.warnings.push_back(fmt::format("{}: {}", BlockNameInMessages(id), Message(answers[i].status())));
  }
  for (const std::string& name : request.without_replica_labels) values.erase(name);
  result.values.assign(values.begin(), values.end());
  if (request.limit > 0 && result.values.size() > request.limit) result.values.resize(request.limit);
  return result;
}

absl::StatusOr<LabelsResult> BucketStore::LabelNames(const Context& ctx, const StoreLabelsRequest& request) {
  using Values = std::vector<std::string>;
  const auto ask = [](const Context& task, const Chosen& one, QueryRange range, FetchStats& fetch) -> absl::StatusOr<Values> {
    VARVE_ASSIGN_OR_RETURN(Values names, one.choice.block->LabelNames(task, range, one.matchers, &fetch));
    if (names.empty()) return names;
    for (const LabelView& label : one.set->external_labels()) names.emplace_back(label.name);
    return names;
  };
  return AskBlocks(ctx, request, ask);
}

absl::StatusOr<LabelsResult> BucketStore::LabelValues(const Context& ctx, std::string_view label,
                                                      const StoreLabelsRequest& request) {
  using Values = std::vector<std::string>;
  if (label.empty()) return InvalidArgument("label name parameter cannot be empty");
  const Values& without = request.without_replica_labels;
  if (std::find(without.begin(), without.end(), label) != without.end()) return LabelsResult();
  const auto ask = [label](const Context& task, const Chosen& one, QueryRange range,
                           FetchStats& fetch) -> absl::StatusOr<Values> {
    const std::string_view external = one.set->external_labels().Get(label);
    if (external.empty()) return one.choice.block->LabelValues(task, label, range, one.matchers, &fetch);
    if (one.matchers.empty()) return Values{std::string(external)};
    BucketSelect select = {.range = range, .matchers = one.matchers, .labels_only = true, .limit = 1};
    VARVE_ASSIGN_OR_RETURN(const auto any, one.choice.block->Select(task, std::move(select), &fetch));
    if (any->Next()) return Values{std::string(external)};
    VARVE_RETURN_IF_ERROR(any->status());
    return Values();
  };
  StoreLabelsRequest values = request;
  values.without_replica_labels.clear();  // these are names
  return AskBlocks(ctx, values, ask);
}

std::vector<BlockStatus> BucketStore::Blocks() const {
  const std::shared_ptr<const BlockCatalog> now = catalog();
  std::map<Ulid, BlockStatus> all;
  for (const auto& [id, block] : now->blocks()) {
    all.emplace(id, BlockStatus{.id = id, .meta = std::make_shared<const BlockMeta>(block->meta())});
  }
  const auto add_frozen = [&all](Ulid id, const FrozenObject& object) {
    BlockStatus& status = all.try_emplace(id, BlockStatus{.id = id}).first->second;
    status.state = BlockState::kArchived;
    status.reason = object.reason;
    status.since = object.since;
    status.ask_again = object.ask_again;
  };
  for (const auto& [id, object] : now->frozen()) add_frozen(id, object);
  for (const auto& [id, object] : frozen_.all()) add_frozen(id, object);
  for (const auto& [id, why] : fetcher_.snapshot()->partial) {
    all.try_emplace(id, BlockStatus{.id = id, .state = BlockState::kPartial, .reason = std::string(Message(why))});
  }
  std::vector<BlockStatus> blocks;
  for (auto& [id, status] : all) blocks.push_back(std::move(status));
  return blocks;
}

std::shared_ptr<const StoreInfo> BucketStore::Info() const {
  auto info = std::make_shared<StoreInfo>();
  info->component = "store";
  info->range = {kMaxTimestamp, kMinTimestamp};
  const std::shared_ptr<const BlockCatalog> now = catalog();
  for (const BlockSet& set : now->sets()) {
    info->label_sets.push_back(set.external_labels());
    info->tsdbs.push_back({set.external_labels(), Clamp(set.range())});
    info->range.min = std::min(info->range.min, set.range().min);
    info->range.max_inclusive = std::max(info->range.max_inclusive, set.range().max_inclusive);
  }
  if (!now->sets().empty()) info->range = Clamp(info->range);
  return info;
}

}  // namespace varve
