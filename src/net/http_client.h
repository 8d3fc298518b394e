// A blocking HTTP client over libcurl: for single requests to Prometheus, Alertmanagers, queriers. (Object stores have their own.)
//
//   VARVE_ASSIGN_OR_RETURN(auto client, HttpClient::Make(HttpClientConfig()));
//   VARVE_ASSIGN_OR_RETURN(const HttpClientResponse response, client->Do(ctx, {.url = "http://localhost:9090/api/v1/labels"}));
//   if (response.status != 200) ...
//
// Shape    connections are kept and used again; answers are unpacked; up to ten redirects are followed.
// Errors   any status is an answer. Unavailable when there is none, Cancelled and DeadlineExceeded when the context ended,
//          ResourceExhausted when the body is longer than allowed; all name method and URL, without its query.
// Threads  share freely. Cancelling a context wakes the call at once.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/http_client_config.h"
#include "net/http_message.h"
#include "runtime/context.h"

namespace varve {

struct HttpClientRequest {
  std::string method = "GET";
  std::string url;
  HttpHeaders headers;
  std::string body;  // of a POST or PUT
  uint64_t response_bytes_max = 256 << 20;
};

struct HttpClientResponse {
  int status = 0;
  HttpHeaders headers;
  std::string body;
};

class HttpClient {
 public:
  static absl::StatusOr<std::unique_ptr<HttpClient>> Make(HttpClientConfig config);
  ~HttpClient();

  absl::StatusOr<HttpClientResponse> Do(const Context& ctx, const HttpClientRequest& request);

  // Hands the body of a 2xx answer to `sink` as it comes, and nothing to response.body; other answers are kept whole. The first
  // error of `sink` ends the call with that error.
  using BodySink = std::function<absl::Status(std::string_view bytes)>;
  absl::StatusOr<HttpClientResponse> DoStreaming(const Context& ctx, const HttpClientRequest& request, const BodySink& sink);
  // The same for answers whose headers say what their body is.
  using AnswerSink = std::function<absl::Status(const HttpHeaders& headers, std::string_view bytes)>;
  absl::StatusOr<HttpClientResponse> DoStreaming(const Context& ctx, const HttpClientRequest& request, const AnswerSink& sink);

 private:
  class Impl;
  explicit HttpClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace varve
