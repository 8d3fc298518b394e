#include "store/fanout.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "store/endpoint_series.h"

namespace varve {
namespace {

// The merged answers, up to the limit. With kAbort a warning of any endpoint is a failure, and it is known at the end.
class FanOutSeries : public ChunkSeriesSet {
 public:
  FanOutSeries(const Context& ctx, const SeriesRequest& request, std::unique_ptr<ChunkSeriesSet> merged)
      : ctx_(ctx),
        left_(request.limit == 0 ? UINT64_MAX : request.limit),
        abort_(request.partial_response == PartialResponse::kAbort),
        merged_(std::move(merged)) {}

  bool Next() override {
    if (ended_) return false;
    if (left_ > 0 && merged_->Next()) {
      --left_;
      return true;
    }
    ended_ = true;
    status_ = Outcome();
    return false;
  }
  ChunkSeries& At() override { return merged_->At(); }
  const absl::Status& status() const override { return status_; }
  std::vector<std::string> warnings() const override { return merged_->warnings(); }

 private:
  absl::Status Outcome() const {
    VARVE_RETURN_IF_ERROR(ctx_.Check());  // rather than what endpoints say after the caller has gone
    VARVE_RETURN_IF_ERROR(merged_->status());
    if (!abort_) return absl::OkStatus();
    const std::vector<std::string> warnings = merged_->warnings();
    return warnings.empty() ? absl::OkStatus() : Aborted("{}", warnings.front());
  }

  const Context ctx_;
  uint64_t left_;
  const bool abort_;
  std::unique_ptr<ChunkSeriesSet> merged_;
  bool ended_ = false;
  absl::Status status_;
};

// Asks `ask` of every endpoint at once, and gathers values and warnings.
template <typename Ask>
absl::StatusOr<LabelsResult> GatherLabels(const Context& ctx, Executor& executor, const std::vector<EndpointQuery>& queries,
                                          const StoreLabelsRequest& request, std::string_view what, Ask ask) {
  std::vector<absl::StatusOr<LabelsResult>> answers(queries.size(), absl::StatusOr<LabelsResult>(LabelsResult()));
  TaskGroup group(ctx, executor, {.parallel_max = queries.size()});
  for (size_t i = 0; i < queries.size(); ++i) {
    group.Run([&, i](const Context& task) {
      StoreLabelsRequest narrowed = request;
      narrowed.matchers.insert(narrowed.matchers.end(), queries[i].extra_matchers.begin(), queries[i].extra_matchers.end());
      narrowed.endpoint_matchers.clear();
      answers[i] = ask(task, *queries[i].endpoint.store, narrowed);
      const bool give_up = !answers[i].ok() && request.partial_response == PartialResponse::kAbort;
      return give_up ? Annotate(answers[i].status(), "fetch label {} from store {}", what, queries[i].endpoint.ToString())
                     : absl::OkStatus();
    });
  }
  VARVE_RETURN_IF_ERROR(group.Wait());
  VARVE_RETURN_IF_ERROR(ctx.Check());
  LabelsResult result;
  for (size_t i = 0; i < queries.size(); ++i) {
    if (!answers[i].ok()) {
      result.warnings.push_back(
          fmt::format("fetch label {} from store {}: {}", what, queries[i].endpoint.ToString(), Message(answers[i].status())));
      continue;
    }
    std::move(answers[i]->values.begin(), answers[i]->values.end(), std::back_inserter(result.values));
    std::move(answers[i]->warnings.begin(), answers[i]->warnings.end(), std::back_inserter(result.warnings));
  }
  std::sort(result.values.begin(), result.values.end());
  result.values.erase(std::unique(result.values.begin(), result.values.end()), result.values.end());
  if (request.limit > 0 && result.values.size() > request.limit) result.values.resize(request.limit);
  return result;
}

class FanOut : public StoreApi {
 public:
  FanOut(StoreEndpoints endpoints, Executor& executor, MetricsRegistry& registry, FanOutOptions options)
      : endpoints_(std::move(endpoints)),
        executor_(executor),
        options_(std::move(options)),
        unsorted_(std::make_shared<UnsortedEndpoints>()),
        empty_streams_(NewCounter(registry, "thanos_proxy_store_empty_stream_responses_total",
                                  "Total number of empty responses received.")) {}

  absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> Series(const Context& ctx, const SeriesRequest& request) override {
    const std::optional<Matchers> matchers = MatchersWithout(options_.selector_labels, request.matchers);
    if (!matchers.has_value()) return NewChunkSeriesSet({});
    if (matchers->empty()) return InvalidArgument("no matchers specified (excluding selector labels)");
    const std::vector<StoreEndpoint> endpoints = endpoints_();
    if (endpoints.empty() && request.partial_response == PartialResponse::kAbort) return Aborted("No StoreAPIs available");
    const std::vector<EndpointQuery> queries =
        SelectEndpoints(endpoints, request.range, *matchers, request.endpoint_matchers, options_.tsdb_selector);
    SeriesRequest narrowed = request;
    narrowed.matchers = *matchers;
    narrowed.endpoint_matchers.clear();
    VARVE_ASSIGN_OR_RETURN(auto children, Open(ctx, queries, narrowed));
    return std::make_unique<FanOutSeries>(ctx, narrowed, MergeChunkSeriesSets(std::move(children)));
  }

  absl::StatusOr<LabelsResult> LabelNames(const Context& ctx, const StoreLabelsRequest& request) override {
    const std::optional<LabelsQuery> query = Plan(request);
    if (!query.has_value()) return LabelsResult();
    return GatherLabels(
        ctx, executor_, query->endpoints, query->request, "names",
        [](const Context& task, StoreApi& store, const StoreLabelsRequest& one) { return store.LabelNames(task, one); });
  }

  absl::StatusOr<LabelsResult> LabelValues(const Context& ctx, std::string_view label,
                                           const StoreLabelsRequest& request) override {
    if (label.empty()) return InvalidArgument("label name parameter cannot be empty");
    const std::optional<LabelsQuery> query = Plan(request);
    if (!query.has_value()) return LabelsResult();
    return GatherLabels(ctx, executor_, query->endpoints, query->request, "values",
                        [label](const Context& task, StoreApi& store, const StoreLabelsRequest& one) {
                          return store.LabelValues(task, label, one);
                        });
  }

  std::shared_ptr<const StoreInfo> Info() const override {
    auto info = std::make_shared<StoreInfo>();
    info->component = options_.component;
    std::set<Labels> label_sets;
    bool any = false;
    for (const StoreEndpoint& endpoint : endpoints_()) {
      const std::shared_ptr<const StoreInfo> one = endpoint.store->Info();
      const std::vector<Labels> kept = KeptLabelSets(one->label_sets, options_.tsdb_selector);
      if (kept.empty() && !one->label_sets.empty()) continue;
      for (const Labels& labels : kept) label_sets.insert(WithExternalLabels(labels, options_.selector_labels, {}));
      info->tsdbs.insert(info->tsdbs.end(), one->tsdbs.begin(), one->tsdbs.end());
      info->range.min = any ? std::min(info->range.min, one->range.min) : one->range.min;
      info->range.max_inclusive = any ? std::max(info->range.max_inclusive, one->range.max_inclusive) : one->range.max_inclusive;
      any = true;
    }
    if (label_sets.empty() && !options_.selector_labels.empty()) label_sets.insert(options_.selector_labels);
    info->label_sets.assign(label_sets.begin(), label_sets.end());
    return info;
  }

 private:
  struct LabelsQuery {
    std::vector<EndpointQuery> endpoints;
    StoreLabelsRequest request;
  };

  // Nothing if this store's own labels rule every series out.
  std::optional<LabelsQuery> Plan(const StoreLabelsRequest& request) const {
    std::optional<Matchers> matchers = MatchersWithout(options_.selector_labels, request.matchers);
    if (!matchers.has_value()) return std::nullopt;
    LabelsQuery query;
    query.endpoints = SelectEndpoints(endpoints_(), request.range, *matchers, request.endpoint_matchers, options_.tsdb_selector);
    query.request = request;
    query.request.matchers = *std::move(matchers);
    return query;
  }

  // Opening may block (a store in this process plans its reads), so all endpoints are opened at once.
  absl::StatusOr<std::vector<std::unique_ptr<ChunkSeriesSet>>> Open(const Context& ctx, const std::vector<EndpointQuery>& queries,
                                                                    const SeriesRequest& request) {
    std::vector<std::unique_ptr<ChunkSeriesSet>> children(queries.size());
    TaskGroup group(ctx, executor_, {.parallel_max = queries.size()});
    for (size_t i = 0; i < queries.size(); ++i) {
      group.Run([&, i](const Context&) {  // not the task's context: it ends with the group, before the set is read
        SeriesRequest narrowed = request;
        narrowed.matchers.insert(narrowed.matchers.end(), queries[i].extra_matchers.begin(), queries[i].extra_matchers.end());
        children[i] =
            NewEndpointSeries(queries[i], request, queries[i].endpoint.store->Series(ctx, narrowed), unsorted_, empty_streams_);
        return children[i]->status();
      });
    }
    VARVE_RETURN_IF_ERROR(group.Wait());
    return children;
  }

  const StoreEndpoints endpoints_;
  Executor& executor_;
  const FanOutOptions options_;
  const std::shared_ptr<UnsortedEndpoints> unsorted_;
  Counter& empty_streams_;
};

}  // namespace

std::unique_ptr<StoreApi> NewFanOut(StoreEndpoints endpoints, Executor& executor, MetricsRegistry& registry,
                                    FanOutOptions options) {
  return std::make_unique<FanOut>(std::move(endpoints), executor, registry, std::move(options));
}

}  // namespace varve
