#include "store/status_api.h"

#include <utility>

#include "store/proto_convert.h"
#include "store/tsdb_statistics.h"

namespace varve {
namespace {

class StatusProxy : public StatusApi {
 public:
  StatusProxy(LiveEndpoints endpoints, Executor& executor) : endpoints_(std::move(endpoints)), executor_(executor) {}

  absl::StatusOr<StatisticsAnswer> Statistics(const Context& ctx, const thanos::TSDBStatisticsRequest& request) override {
    PeerCall<thanos::TSDBStatisticsResponse, thanos::TSDBStatistics> call;
    call.what = "tsdb statistics";
    call.strategy = request.partial_response_strategy();
    call.endpoints = endpoints_();
    std::erase_if(call.endpoints, [](const LiveEndpoint& endpoint) { return !endpoint.info->status; });
    call.open = [&](const LiveEndpoint& endpoint, grpc::ClientContext& client) {
      return thanos::Status::NewStub(endpoint.channel)->TSDBStatistics(&client, request);
    };
    call.take = [](thanos::TSDBStatisticsResponse& response, thanos::TSDBStatistics& statistics) {
      if (response.has_statistics()) statistics = std::move(*response.mutable_statistics());
      return response.has_statistics();
    };
    return GatherFromPeers(ctx, executor_, call);
  }

 private:
  const LiveEndpoints endpoints_;
  Executor& executor_;
};

class PrometheusStatus : public StatusApi {
 public:
  PrometheusStatus(PrometheusClient& client, std::function<Labels()> external_labels)
      : client_(client), external_labels_(std::move(external_labels)) {}

  absl::StatusOr<StatisticsAnswer> Statistics(const Context& ctx, const thanos::TSDBStatisticsRequest& request) override {
    VARVE_ASSIGN_OR_RETURN(const Matchers matchers, FromProto(request.matchers()));
    thanos::TSDBStatistics statistics;
    if (MatchesAll(matchers, external_labels_()) && request.tenant().empty()) {
      UrlParams params;
      if (request.limit() > 0) params.Add("limit", std::to_string(request.limit()));
      VARVE_ASSIGN_OR_RETURN(const JsonValue data, client_.Get(ctx, "/api/v1/status/tsdb", params));
      (*statistics.mutable_statistics())[""] = StatisticsOfJson(data, request.limit());
    }
    return StatisticsAnswer{{std::move(statistics)}, {}};
  }

 private:
  PrometheusClient& client_;
  const std::function<Labels()> external_labels_;
};

}  // namespace

std::unique_ptr<StatusApi> NewStatusProxy(LiveEndpoints endpoints, Executor& executor) {
  return std::make_unique<StatusProxy>(std::move(endpoints), executor);
}

std::unique_ptr<StatusApi> NewPrometheusStatus(PrometheusClient& client, std::function<Labels()> external_labels) {
  return std::make_unique<PrometheusStatus>(client, std::move(external_labels));
}

grpc::ServerWriteReactor<thanos::TSDBStatisticsResponse>* GrpcStatusService::TSDBStatistics(
    grpc::CallbackServerContext* call, const thanos::TSDBStatisticsRequest* request) {
  using Response = thanos::TSDBStatisticsResponse;
  return StreamedAnswer<Response>::Start(
      *call, executor_, [this, request](const Context& ctx) -> absl::StatusOr<StreamedAnswer<Response>::Next> {
        VARVE_ASSIGN_OR_RETURN(StatisticsAnswer answer, status_.Statistics(ctx, *request));
        return ToResponses<Response>(std::move(answer), [](Response& response, thanos::TSDBStatistics part) {
          *response.mutable_statistics() = std::move(part);
        });
      });
}

}  // namespace varve
