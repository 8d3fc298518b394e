#include "api/grpc_query_service.h"

#include <fmt/ranges.h>

#include <utility>

#include "api/sample_protos.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "store/proto_convert.h"
#include "store/streamed_answer.h"

namespace varve {
namespace {

// What both kinds of request have in common. 0 seconds of something means that the flags decide.
template <typename Request>
absl::StatusOr<QueryParams> ReadCommon(const Request& request, const std::string& tenant, const QueryApiConfig& config) {
  QueryParams params;
  params.query = request.query();
  if (request.timeout_seconds() > 0) params.timeout = std::chrono::seconds(request.timeout_seconds());
  SourceOptions& source = params.source;
  source.deduplicate = request.enable_dedup();
  source.replica_labels.assign(request.replica_labels().begin(), request.replica_labels().end());
  if (source.replica_labels.empty()) source.replica_labels = config.replica_labels;
  source.partial_response = request.enable_partial_response();
  source.max_source_resolution_ms =
      request.max_resolution_seconds() > 0 ? request.max_resolution_seconds() * 1000 : config.instant_max_source_resolution_ms;
  for (const thanos::StoreMatchers& one : request.store_matchers()) {
    VARVE_ASSIGN_OR_RETURN(source.store_matchers.emplace_back(), FromProto(one.label_matchers()));
  }
  const thanos::ShardInfo& shard = request.shard_info();
  source.shard = {.index = shard.shard_index(),
                  .total = shard.total_shards(),
                  .by = shard.by(),
                  .labels = {shard.labels().begin(), shard.labels().end()}};
  source.tenant = tenant.empty() ? config.default_tenant : tenant;
  params.lookback_ms = request.lookback_delta_seconds() > 0 ? request.lookback_delta_seconds() * 1000
                                                            : LookbackFor(source.max_source_resolution_ms, config);
  return params;
}

// The messages of an answer, one after the other.
template <typename Response>
class AnswerMessages {
 public:
  AnswerMessages(promql::QueryResult result, int64_t batch_size) : result_(std::move(result)), batch_size_(batch_size) {}

  bool operator()(Response& response) {
    if (!std::exchange(warned_, true) && !result_.warnings.empty()) {
      response.set_warnings(fmt::format("{}", fmt::join(result_.warnings, ", ")));
      return true;
    }
    if (next_ < result_.series.size()) {
      PutSeries(response);
      return true;
    }
    if (std::exchange(finished_, true)) return false;
    response.mutable_stats()->set_samples_total(result_.stats.samples.queried);
    response.mutable_stats()->set_peak_samples(result_.stats.samples_peak);
    return true;
  }

 private:
  void PutSeries(Response& response) {
    if (batch_size_ <= 1) return ToProto(result_.series[next_++], result_.grid, *response.mutable_timeseries());
    thanos::TimeSeriesBatch& batch = *response.mutable_timeseries_batch();
    while (next_ < result_.series.size() && batch.series_size() < batch_size_) {
      ToProto(result_.series[next_++], result_.grid, *batch.add_series());
    }
  }

  promql::QueryResult result_;
  int64_t batch_size_;
  size_t next_ = 0;  // series to send next
  bool warned_ = false, finished_ = false;
};

absl::Status Failure(const absl::Status& status) {
  return absl::IsInvalidArgument(status) ? status : Aborted("{}", Message(status));
}

}  // namespace

grpc::ServerWriteReactor<thanos::QueryResponse>* GrpcQueryService::Query(grpc::CallbackServerContext* call,
                                                                         const thanos::QueryRequest* request) {
  using Response = thanos::QueryResponse;
  const auto answer = [this, request,
                       tenant = TenantOf(*call)](const Context& ctx) -> absl::StatusOr<StreamedAnswer<Response>::Next> {
    VARVE_ASSIGN_OR_RETURN(QueryParams params, ReadCommon(*request, tenant, config_));
    params.start = params.end = request->time_seconds() == 0 ? clock_.NowMs() : request->time_seconds() * 1000;
    absl::StatusOr<promql::QueryResult> result = runner_.Run(ctx, params);
    if (result.ok()) return AnswerMessages<Response>(*std::move(result), request->response_batch_size());
    if (absl::IsInvalidArgument(result.status()) || !request->enable_partial_response()) return Failure(result.status());
    return [warning = std::string(Message(result.status())), sent = false](Response& response) mutable {
      response.set_warnings(warning);
      return !std::exchange(sent, true);
    };
  };
  return StreamedAnswer<Response>::Start(*call, executor_, answer);
}

grpc::ServerWriteReactor<thanos::QueryRangeResponse>* GrpcQueryService::QueryRange(grpc::CallbackServerContext* call,
                                                                                   const thanos::QueryRangeRequest* request) {
  using Response = thanos::QueryRangeResponse;
  const auto answer = [this, request,
                       tenant = TenantOf(*call)](const Context& ctx) -> absl::StatusOr<StreamedAnswer<Response>::Next> {
    VARVE_ASSIGN_OR_RETURN(QueryParams params, ReadCommon(*request, tenant, config_));
    params.start = request->start_time_seconds() * 1000;
    params.end = request->end_time_seconds() * 1000;
    params.step_ms = request->interval_seconds() * 1000;
    // A range of one moment needs no step; Run takes it for an instant query.
    if (params.step_ms < 0 || (params.step_ms == 0 && params.start != params.end) || params.end < params.start) {
      return InvalidArgument("query range {}..{} s with a step of {} s: give a positive step and an end behind the start",
                             request->start_time_seconds(), request->end_time_seconds(), request->interval_seconds());
    }
    absl::StatusOr<promql::QueryResult> result = runner_.Run(ctx, params);
    if (!result.ok()) return Failure(result.status());
    return AnswerMessages<Response>(*std::move(result), request->response_batch_size());
  };
  return StreamedAnswer<Response>::Start(*call, executor_, answer);
}

}  // namespace varve
