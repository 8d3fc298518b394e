#include "store/metadata_api.h"

#include <algorithm>
#include <tuple>

namespace varve {
namespace {

class MetadataProxy : public MetadataApi {
 public:
  MetadataProxy(LiveEndpoints endpoints, Executor& executor) : endpoints_(std::move(endpoints)), executor_(executor) {}

  absl::StatusOr<MetadataAnswer> Metadata(const Context& ctx, const thanos::MetricMetadataRequest& request) override {
    PeerCall<thanos::MetricMetadataResponse, thanos::MetricMetadata> call;
    call.what = "metadata";
    call.strategy = request.partial_response_strategy();
    call.endpoints = endpoints_();
    std::erase_if(call.endpoints, [](const LiveEndpoint& endpoint) { return !endpoint.info->metadata; });
    call.open = [&](const LiveEndpoint& endpoint, grpc::ClientContext& client) {
      return thanos::Metadata::NewStub(endpoint.channel)->MetricMetadata(&client, request);
    };
    call.take = [](thanos::MetricMetadataResponse& response, thanos::MetricMetadata& metadata) {
      if (response.has_metadata()) metadata = std::move(*response.mutable_metadata());
      return response.has_metadata();
    };
    return GatherFromPeers(ctx, executor_, call);
  }

 private:
  const LiveEndpoints endpoints_;
  Executor& executor_;
};

class PrometheusMetadata : public MetadataApi {
 public:
  explicit PrometheusMetadata(PrometheusClient& client) : client_(client) {}

  absl::StatusOr<MetadataAnswer> Metadata(const Context& ctx, const thanos::MetricMetadataRequest& request) override {
    UrlParams params;
    if (!request.metric().empty()) params.Add("metric", request.metric());
    if (request.limit() >= 0) params.Add("limit", std::to_string(request.limit()));
    VARVE_ASSIGN_OR_RETURN(const JsonValue data, client_.Get(ctx, "/api/v1/metadata", params));
    thanos::MetricMetadata metadata;
    for (const auto& [metric, all] : data.object()) {
      thanos::MetricMetadataEntry& entry = (*metadata.mutable_metadata())[metric];
      for (const JsonValue& one : all.array()) {
        thanos::Meta* meta = entry.add_metas();
        meta->set_type(std::string(one["type"].StringOr("")));
        meta->set_help(std::string(one["help"].StringOr("")));
        meta->set_unit(std::string(one["unit"].StringOr("")));
      }
    }
    return MetadataAnswer{{std::move(metadata)}, {}};
  }

 private:
  PrometheusClient& client_;
};

bool Same(const thanos::Meta& a, const thanos::Meta& b) {
  return std::tie(a.type(), a.help(), a.unit()) == std::tie(b.type(), b.help(), b.unit());
}

}  // namespace

std::map<std::string, std::vector<thanos::Meta>> TidyMetadata(const std::vector<thanos::MetricMetadata>& parts, int limit) {
  std::map<std::string, std::vector<thanos::Meta>> all;
  for (const thanos::MetricMetadata& part : parts) {
    for (const auto& [metric, entry] : part.metadata()) {
      std::vector<thanos::Meta>& known = all[metric];
      for (const thanos::Meta& meta : entry.metas()) {
        if (std::none_of(known.begin(), known.end(), [&](const thanos::Meta& one) { return Same(one, meta); }))
          known.push_back(meta);
      }
    }
  }
  while (limit >= 0 && all.size() > static_cast<size_t>(limit)) all.erase(std::prev(all.end()));
  return all;
}

std::unique_ptr<MetadataApi> NewMetadataProxy(LiveEndpoints endpoints, Executor& executor) {
  return std::make_unique<MetadataProxy>(std::move(endpoints), executor);
}

std::unique_ptr<MetadataApi> NewPrometheusMetadata(PrometheusClient& client) {
  return std::make_unique<PrometheusMetadata>(client);
}

grpc::ServerWriteReactor<thanos::MetricMetadataResponse>* GrpcMetadataService::MetricMetadata(
    grpc::CallbackServerContext* call, const thanos::MetricMetadataRequest* request) {
  using Response = thanos::MetricMetadataResponse;
  return StreamedAnswer<Response>::Start(
      *call, executor_, [this, request](const Context& ctx) -> absl::StatusOr<StreamedAnswer<Response>::Next> {
        VARVE_ASSIGN_OR_RETURN(MetadataAnswer answer, metadata_.Metadata(ctx, *request));
        return ToResponses<Response>(std::move(answer), [](Response& response, thanos::MetricMetadata part) {
          *response.mutable_metadata() = std::move(part);
        });
      });
}

}  // namespace varve
