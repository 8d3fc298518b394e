#include "net/http_metrics.h"

#include <algorithm>
#include <array>

namespace varve {
namespace {

const MetricBuckets& DurationBuckets() {
  static const MetricBuckets buckets = {0.001, 0.01, 0.1, 0.3, 0.6, 1, 3, 6, 9, 20, 30, 60, 90, 120, 240, 360, 720};
  return buckets;
}

const MetricBuckets& SizeBuckets() {
  static const MetricBuckets buckets = {64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
  return buckets;
}

// The methods that exist; anything else a client makes up is counted together.
std::string_view KnownMethod(std::string_view method) {
  static constexpr std::array<std::string_view, 9> kMethods = {"GET",    "POST",  "HEAD",  "PUT",    "OPTIONS",
                                                               "DELETE", "PATCH", "TRACE", "CONNECT"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end() ? method : "UNKNOWN";
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return lower;
}

}  // namespace

HttpMetrics::HttpMetrics(MetricsRegistry& registry, Options options)
    : options_(std::move(options)),
      requests_(NewCounterFamily(registry, "http_requests_total", "Tracks the number of HTTP requests.")),
      duration_(NewHistogramFamily(registry, "http_request_duration_seconds", "Tracks the latencies for HTTP requests.")),
      request_size_(NewHistogramFamily(registry, "http_request_size_bytes", "Tracks the size of HTTP requests.")),
      response_size_(NewHistogramFamily(registry, "http_response_size_bytes", "Tracks the size of HTTP responses.")),
      inflight_(
          NewGaugeFamily(registry, "http_inflight_requests", "Current number of HTTP requests the handler is responding to.")) {}

void HttpMetrics::Started(std::string_view handler, const HttpRequest& request) {
  inflight_.Add(LabelsOf(handler, KnownMethod(request.method), request)).Increment();
}

void HttpMetrics::Finished(std::string_view handler, const HttpRequest& request, const Exchange& exchange) {
  const std::string_view method = KnownMethod(request.method);
  inflight_.Add(LabelsOf(handler, method, request)).Decrement();
  MetricLabels labels = LabelsOf(handler, LowerCase(method), request);
  labels["code"] = std::to_string(exchange.status);
  requests_.Add(labels).Increment();
  duration_.Add(labels, DurationBuckets()).Observe(exchange.seconds);
  request_size_.Add(labels, SizeBuckets()).Observe(static_cast<double>(exchange.request_bytes));
  response_size_.Add(labels, SizeBuckets()).Observe(static_cast<double>(exchange.response_bytes));
}

MetricLabels HttpMetrics::LabelsOf(std::string_view handler, std::string_view method, const HttpRequest& request) {
  MetricLabels labels = {{"handler", std::string(handler)}, {"method", std::string(method)}};
  if (!options_.tenant_header.empty()) labels["tenant"] = TenantOf(request);
  return labels;
}

std::string HttpMetrics::TenantOf(const HttpRequest& request) {
  const std::string_view header = request.headers.Get(options_.tenant_header);
  if (header.empty()) return options_.tenant_default;
  MutexLock lock(mutex_);
  const auto at = std::lower_bound(tenants_.begin(), tenants_.end(), header);
  if (at != tenants_.end() && *at == header) return std::string(header);
  if (tenants_.size() >= options_.tenants_max) return "other";
  tenants_.insert(at, std::string(header));
  return std::string(header);
}

}  // namespace varve
