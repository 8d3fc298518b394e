// The questions a sidecar asks its Prometheus over HTTP.
//
// Errors   those of the HTTP client; the code that fits the answer's status (400 InvalidArgument, 404 NotFound, 422 and others
// Internal,
//          503 Unavailable) with the server's own words; DataLoss for an answer that is not what the API promises.
// Threads  share freely.
// Source   thanos pkg/promclient/promclient.go.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_value.h"
#include "base/time_range.h"
#include "model/labels.h"
#include "model/matcher.h"
#include "net/http_client.h"
#include "net/url.h"

namespace varve {

class PrometheusClient {
 public:
  // `base_url` is http://localhost:9090, or with a path prefix. `http` outlives the client.
  PrometheusClient(HttpClient& http, std::string base_url);

  absl::StatusOr<std::string> Version(const Context& ctx);                       // 2.53.0
  absl::StatusOr<std::map<std::string, std::string>> Flags(const Context& ctx);  // storage.tsdb.path: data/
  absl::StatusOr<Labels> ExternalLabels(const Context& ctx);                     // of its configuration
  // The earliest sample in its TSDB; kMinTimestamp before the first block is cut, so that it is asked about everything.
  absl::StatusOr<TimestampMs> LowestTimestamp(const Context& ctx);

  // /api/v1/series, labels and label/<name>/values; `limit` 0 is none.
  absl::StatusOr<std::vector<Labels>> Series(const Context& ctx, const Matchers& matchers, QueryRange range, uint64_t limit);
  absl::StatusOr<std::vector<std::string>> LabelNames(const Context& ctx, const Matchers& matchers, QueryRange range,
                                                      uint64_t limit);
  absl::StatusOr<std::vector<std::string>> LabelValues(const Context& ctx, std::string_view label, const Matchers& matchers,
                                                       QueryRange range, uint64_t limit);

  // The "data" of an answer of the HTTP API: Get(ctx, "/api/v1/rules", {...}).
  absl::StatusOr<JsonValue> Get(const Context& ctx, std::string_view path, const UrlParams& params = {});

  HttpClient& http() { return http_; }
  const std::string& base_url() const { return base_url_; }

 private:
  absl::StatusOr<std::string> GetBody(const Context& ctx, std::string_view path, const UrlParams& params);

  HttpClient& http_;
  const std::string base_url_;  // without a slash at its end
};

// The status of an answer that is not 2xx. `url` stands in the message.
absl::Status StatusOfHttpAnswer(int status, std::string_view url, std::string_view body);

// global.external_labels of a Prometheus configuration file.
absl::StatusOr<Labels> ParseExternalLabels(std::string_view config_yaml);

}  // namespace varve
