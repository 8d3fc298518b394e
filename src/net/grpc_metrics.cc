#include "net/grpc_metrics.h"

#include <google/protobuf/descriptor.h>

#include <array>

namespace varve {
namespace {

MetricLabels ToLabels(const GrpcCallLabels& call) {
  return {{"grpc_type", call.type}, {"grpc_service", call.service}, {"grpc_method", call.method}};
}

std::string Name(GrpcMetrics::Side side, std::string_view rest) {
  return fmt::format("grpc_{}_{}", side == GrpcMetrics::Side::kServer ? "server" : "client", rest);
}

MetricBuckets Buckets(GrpcMetrics::Side side) {
  MetricBuckets buckets = {0.001, 0.01, 0.1, 0.3, 0.6, 1, 3, 6, 9, 20, 30, 60, 90, 120};
  if (side == GrpcMetrics::Side::kClient) buckets.insert(buckets.end(), {240, 360, 720});
  return buckets;
}

constexpr int kBidirectional = 3;

// A generic stub calls every method bidirectional. The method's descriptor, where it is linked in, knows better.
int RealType(const GrpcCallLabels& call) {
  const auto* method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(call.service + "." + call.method);
  if (method == nullptr) return kBidirectional;
  return (method->client_streaming() ? 1 : 0) + (method->server_streaming() ? 2 : 0);
}

}  // namespace

GrpcMetrics::GrpcMetrics(MetricsRegistry& registry, Side side)
    : buckets_(Buckets(side)),
      started_(NewCounterFamily(registry, Name(side, "started_total"), "Total number of RPCs started.")),
      handled_(NewCounterFamily(registry, Name(side, "handled_total"),
                                "Total number of RPCs completed, regardless of success or failure.")),
      seconds_(NewHistogramFamily(registry, Name(side, "handling_seconds"), "Histogram of response latency (seconds) of RPCs.")),
      received_(NewCounterFamily(registry, Name(side, "msg_received_total"), "Total number of RPC stream messages received.")),
      sent_(NewCounterFamily(registry, Name(side, "msg_sent_total"), "Total number of gRPC stream messages sent.")) {}

GrpcCallLabels GrpcMetrics::LabelsOf(const char* full_method, int type) {
  static constexpr std::array<const char*, 4> kTypes = {"unary", "client_stream", "server_stream", "bidi_stream"};
  GrpcCallLabels call;
  std::string_view name = full_method == nullptr ? "" : full_method;
  if (name.starts_with('/')) name.remove_prefix(1);
  const size_t slash = name.rfind('/');
  call.service = slash == std::string_view::npos ? "unknown" : name.substr(0, slash);
  call.method = slash == std::string_view::npos ? "unknown" : name.substr(slash + 1);
  if (type == kBidirectional) type = RealType(call);
  call.type = kTypes[static_cast<size_t>(type) & 3];
  return call;
}

void GrpcMetrics::Started(const GrpcCallLabels& call) { started_.Add(ToLabels(call)).Increment(); }

void GrpcMetrics::Handled(const GrpcCallLabels& call, std::string_view code, double seconds) {
  MetricLabels labels = ToLabels(call);
  seconds_.Add(labels, buckets_).Observe(seconds);
  labels["grpc_code"] = code;
  handled_.Add(labels).Increment();
}

Counter& GrpcMetrics::Received(const GrpcCallLabels& call) { return received_.Add(ToLabels(call)); }
Counter& GrpcMetrics::Sent(const GrpcCallLabels& call) { return sent_.Add(ToLabels(call)); }

}  // namespace varve
