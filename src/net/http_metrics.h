// What every HTTP server of Thanos counts about its requests, under the same names.
//
//   http_requests_total{code,handler,method}, http_request_duration_seconds, http_request_size_bytes, http_response_size_bytes,
//   http_inflight_requests{handler,method}
//
// Threads  share freely.
// Source   thanos pkg/extprom/http/metrics.go, instrument_server.go.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "net/http_message.h"
#include "runtime/metrics.h"

namespace varve {

class HttpMetrics {
 public:
  struct Options {
    std::string tenant_header;  // when set, the series carry a label `tenant` with this header's value
    std::string tenant_default = "default-tenant";
    size_t tenants_max = 1000;  // further ones are counted as "other": the header is the client's to choose
  };

  HttpMetrics(MetricsRegistry& registry, Options options);
  explicit HttpMetrics(MetricsRegistry& registry) : HttpMetrics(registry, Options()) {}

  struct Exchange {
    int status = 0;
    double seconds = 0;
    uint64_t request_bytes = 0, response_bytes = 0;
  };
  void Started(std::string_view handler, const HttpRequest& request);
  void Finished(std::string_view handler, const HttpRequest& request, const Exchange& exchange);

 private:
  MetricLabels LabelsOf(std::string_view handler, std::string_view method, const HttpRequest& request);
  std::string TenantOf(const HttpRequest& request);

  const Options options_;
  CounterFamily& requests_;
  HistogramFamily& duration_;
  HistogramFamily& request_size_;
  HistogramFamily& response_size_;
  GaugeFamily& inflight_;

  Mutex mutex_;
  std::vector<std::string> tenants_ ABSL_GUARDED_BY(mutex_);  // sorted
};

}  // namespace varve
