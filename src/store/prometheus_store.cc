#include "store/prometheus_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "runtime/memory_budget.h"
#include "storage/join_chunks.h"
#include "store/remote_read.h"
#include "store/set_filters.h"

namespace varve {
namespace {

constexpr uint64_t kSamplesPerChunk = 120;  // as Thanos counts them

// Collects the series of an answer within limits, and counts their bytes against the caller's memory for as long as they live.
class Collector {
 public:
  Collector(const Context& ctx, const PrometheusStoreOptions& options) : ctx_(ctx), options_(options) {}

  absl::Status Add(ChunkSeries series) {
    VARVE_RETURN_IF_ERROR(ctx_.Check());
    int64_t bytes = 0;
    for (const ChunkView& chunk : series.chunks) bytes += static_cast<int64_t>(chunk.data.size());
    auto reservation = std::make_shared<MemoryReservation>(ctx_.memory());
    if (absl::Status grown = reservation->Grow(bytes); !grown.ok()) return AsOwnLimit(std::move(grown));
    series.owners.push_back(std::move(reservation));
    chunks_ += series.chunks.size();
    if (!series_.empty() && series_.back().labels == series.labels) {
      AppendChunks(series_.back(), std::move(series));  // it went on in this frame
    } else {
      series_.push_back(std::move(series));
    }
    return CheckLimits();
  }
  std::vector<ChunkSeries> Take() { return std::move(series_); }

 private:
  absl::Status CheckLimits() const {
    if (options_.series_limit > 0 && series_.size() > options_.series_limit) {
      return AsOwnLimit(
          ResourceExhausted("exceeded series limit: limit {} violated (got {})", options_.series_limit, series_.size()));
    }
    const uint64_t chunks_max = (options_.samples_limit + kSamplesPerChunk - 1) / kSamplesPerChunk;
    if (options_.samples_limit > 0 && chunks_ > chunks_max) {
      return AsOwnLimit(ResourceExhausted("exceeded chunks limit: limit {} violated (got {})", chunks_max, chunks_));
    }
    return absl::OkStatus();
  }

  const Context& ctx_;
  const PrometheusStoreOptions& options_;
  std::vector<ChunkSeries> series_;
  uint64_t chunks_ = 0;
};

class PrometheusStore : public StoreApi {
 public:
  PrometheusStore(PrometheusClient& client, MetricsRegistry& registry, PrometheusStoreOptions options)
      : client_(client),
        options_(std::move(options)),
        frames_(NewHistogram(registry, "prometheus_store_received_frames", "Number of frames received per streamed response.",
                             {10, 100, 1000, 10000, 100000})) {}

  absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> Series(const Context& ctx, const SeriesRequest& request) override {
    const Labels external = options_.external_labels();
    const std::optional<Matchers> matchers = MatchersWithout(external, request.matchers);
    if (!matchers.has_value()) return NewChunkSeriesSet({});
    if (matchers->empty()) return InvalidArgument("no matchers specified (excluding external labels)");
    const QueryRange range = Clamp(request.range);
    if (range.min > range.max_inclusive) return NewChunkSeriesSet({});
    std::vector<ChunkSeries> series;
    if (request.skip_chunks) {
      VARVE_ASSIGN_OR_RETURN(std::vector<Labels> found, client_.Series(ctx, *matchers, range, request.limit));
      std::sort(found.begin(), found.end());
      for (Labels& labels : found) series.push_back({.labels = std::move(labels), .chunks = {}, .owners = {}});
    } else {
      VARVE_ASSIGN_OR_RETURN(series, Read(ctx, *matchers, range));
    }
    auto set = NewRelabelledSeries(NewChunkSeriesSet(std::move(series)), external, request.without_replica_labels);
    return NewLimitedSeries(NewShardedSeries(std::move(set), request.shard), request.limit);
  }

  absl::StatusOr<LabelsResult> LabelNames(const Context& ctx, const StoreLabelsRequest& request) override {
    const Labels external = options_.external_labels();
    const std::optional<Matchers> matchers = MatchersWithout(external, request.matchers);
    if (!matchers.has_value()) return LabelsResult();
    VARVE_ASSIGN_OR_RETURN(const auto found, client_.LabelNames(ctx, *matchers, Clamp(request.range), request.limit));
    std::set<std::string> names(found.begin(), found.end());
    if (names.empty()) return LabelsResult();
    for (const LabelView& label : external) names.emplace(label.name);
    for (const std::string& name : request.without_replica_labels) names.erase(name);
    return LabelsResult{{names.begin(), names.end()}, {}};
  }

  absl::StatusOr<LabelsResult> LabelValues(const Context& ctx, std::string_view label,
                                           const StoreLabelsRequest& request) override {
    if (label.empty()) return InvalidArgument("label name parameter cannot be empty");
    const Labels external = options_.external_labels();
    const std::vector<std::string>& without = request.without_replica_labels;
    const std::optional<Matchers> matchers = MatchersWithout(external, request.matchers);
    if (!matchers.has_value() || std::find(without.begin(), without.end(), label) != without.end()) return LabelsResult();
    const QueryRange range = Clamp(request.range);
    if (!external.Has(label)) {
      VARVE_ASSIGN_OR_RETURN(std::vector<std::string> values, client_.LabelValues(ctx, label, *matchers, range, request.limit));
      std::sort(values.begin(), values.end());
      return LabelsResult{std::move(values), {}};
    }
    if (!matchers->empty()) {
      VARVE_ASSIGN_OR_RETURN(const std::vector<Labels> any, client_.Series(ctx, *matchers, range, 1));
      if (any.empty()) return LabelsResult();
    }
    return LabelsResult{{std::string(external.Get(label))}, {}};
  }

  std::shared_ptr<const StoreInfo> Info() const override {
    auto info = std::make_shared<StoreInfo>();
    info->component = options_.component;
    info->range = options_.range();
    if (const Labels external = options_.external_labels(); !external.empty()) {
      info->label_sets = {external};
      info->tsdbs = {{external, info->range}};
    }
    return info;
  }

 private:
  QueryRange Clamp(QueryRange range) const { return {std::max(range.min, options_.range().min), range.max_inclusive}; }

  absl::StatusOr<std::vector<ChunkSeries>> Read(const Context& ctx, const Matchers& matchers, QueryRange range) {
    HttpClientRequest request = {
        .method = "POST", .url = client_.base_url() + "/api/v1/read", .body = EncodeRemoteRead(range, matchers)};
    request.headers.Add("Content-Encoding", "snappy");
    request.headers.Add("Content-Type", "application/x-stream-protobuf");
    request.headers.Add("X-Prometheus-Remote-Read-Version", "0.1.0");
    request.response_bytes_max = UINT64_MAX;  // the limits and the memory budget hold instead
    Collector collector(ctx, options_);
    RemoteReadDecoder decoder([&collector](ChunkSeries series) { return collector.Add(std::move(series)); });
    std::string sampled;
    const HttpClient::AnswerSink sink = [&](const HttpHeaders& headers, std::string_view bytes) -> absl::Status {
      const std::string_view type = headers.Get("Content-Type");
      if (type.starts_with("application/x-streamed-protobuf")) return decoder.Feed(bytes);
      if (!type.starts_with("application/x-protobuf")) return Unimplemented("not supported remote read content type: {}", type);
      sampled.append(bytes);
      return sampled.size() <= kRemoteReadSampledMax ? absl::OkStatus()
                                                     : ResourceExhausted("remote read: the answer is too long");
    };
    VARVE_ASSIGN_OR_RETURN(const HttpClientResponse response, Post(ctx, request, sink));
    if (response.status / 100 != 2) return StatusOfHttpAnswer(response.status, request.url, response.body);
    if (sampled.empty()) {
      VARVE_RETURN_IF_ERROR(decoder.Finish());
      frames_.Observe(static_cast<double>(decoder.frames()));
      return collector.Take();
    }
    VARVE_ASSIGN_OR_RETURN(std::vector<ChunkSeries> series, DecodeSampledRead(sampled));
    for (ChunkSeries& one : series) VARVE_RETURN_IF_ERROR(collector.Add(std::move(one)));
    return collector.Take();
  }

  // An error of the sink comes back as it was: whether it is a limit must stay visible.
  absl::StatusOr<HttpClientResponse> Post(const Context& ctx, const HttpClientRequest& request,
                                          const HttpClient::AnswerSink& sink) {
    absl::Status failure;
    const HttpClient::AnswerSink noting = [&](const HttpHeaders& headers, std::string_view bytes) {
      return failure = sink(headers, bytes);
    };
    absl::StatusOr<HttpClientResponse> response = client_.http().DoStreaming(ctx, request, noting);
    if (!failure.ok()) return failure;
    return response;
  }

  PrometheusClient& client_;
  const PrometheusStoreOptions options_;
  HistogramMetric& frames_;
};

}  // namespace
std::unique_ptr<StoreApi> NewPrometheusStore(PrometheusClient& client, MetricsRegistry& registry,
                                             PrometheusStoreOptions options) {
  return std::make_unique<PrometheusStore>(client, registry, std::move(options));
}

}  // namespace varve
