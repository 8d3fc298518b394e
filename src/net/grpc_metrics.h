// What Go's go-grpc-middleware counts about RPCs, under the same names, on either side.
//
//   grpc_server_started_total{grpc_method,grpc_service,grpc_type}, grpc_server_handled_total{...,grpc_code},
//   grpc_server_handling_seconds, grpc_server_msg_received_total, grpc_server_msg_sent_total; the same with grpc_client_
//
// Threads  share freely; outlives the servers and channels that use it.
// Source   go-grpc-middleware providers/prometheus; buckets of thanos pkg/server/grpc and pkg/extgrpc.
#pragma once

#include <memory>
#include <string>

#include "runtime/metrics.h"

namespace varve {

struct GrpcCallLabels {
  std::string type;  // unary, server_stream, client_stream, bidi_stream
  std::string service, method;
};

class GrpcMetrics {
 public:
  enum class Side { kServer, kClient };
  GrpcMetrics(MetricsRegistry& registry, Side side);

  // Splits "/thanos.Store/Series"; `type` indexes unary, client streaming, server streaming, bidirectional.
  static GrpcCallLabels LabelsOf(const char* full_method, int type);

  void Started(const GrpcCallLabels& call);
  void Handled(const GrpcCallLabels& call, std::string_view code, double seconds);
  Counter& Received(const GrpcCallLabels& call);
  Counter& Sent(const GrpcCallLabels& call);

 private:
  const MetricBuckets buckets_;
  CounterFamily& started_;
  CounterFamily& handled_;
  HistogramFamily& seconds_;
  CounterFamily& received_;
  CounterFamily& sent_;
};

}  // namespace varve
