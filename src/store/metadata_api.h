// Metric metadata (type, help, unit) over gRPC: gathered from endpoints, read from a Prometheus, served, merged.
//
// Source   thanos pkg/metadata/{metadata,proxy,prometheus}.go.
#pragma once

#include <proto/thanos/metadata.grpc.pb.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "store/peer_calls.h"
#include "store/prometheus_client.h"

namespace varve {

using MetadataAnswer = Gathered<thanos::MetricMetadata>;

class MetadataApi {  // safe to share
 public:
  virtual ~MetadataApi() = default;
  virtual absl::StatusOr<MetadataAnswer> Metadata(const Context& ctx, const thanos::MetricMetadataRequest& request) = 0;
};

// What the references name outlives the results.
std::unique_ptr<MetadataApi> NewMetadataProxy(LiveEndpoints endpoints, Executor& executor);
std::unique_ptr<MetadataApi> NewPrometheusMetadata(PrometheusClient& client);

class GrpcMetadataService final : public thanos::Metadata::CallbackService {
 public:
  GrpcMetadataService(MetadataApi& metadata, Executor& executor) : metadata_(metadata), executor_(executor) {}
  grpc::ServerWriteReactor<thanos::MetricMetadataResponse>* MetricMetadata(grpc::CallbackServerContext* call,
                                                                           const thanos::MetricMetadataRequest* request) override;

 private:
  MetadataApi& metadata_;
  Executor& executor_;
};

// By metric name, each different metadata once. At most `limit` metrics; negative: all.
std::map<std::string, std::vector<thanos::Meta>> TidyMetadata(const std::vector<thanos::MetricMetadata>& parts, int limit);

}  // namespace varve
