// Signed requests to one bucket of an S3 server.
//
// Shape    one request, one answer. Sent again by itself are only two kinds: when the server names another region, and when it
//          refuses keys that can be renewed. Whatever else may pass later is for the caller to try again.
// Errors   s3_errors.h and http/transport.h say which.
// Threads  share freely.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/url.h"
#include "objstore/http/transport.h"
#include "objstore/s3/credentials.h"
#include "objstore/s3/s3_config.h"
#include "objstore/s3/s3_endpoint.h"
#include "runtime/clock.h"
#include "runtime/log.h"

namespace varve {

// What is borrowed here stays until the call returns.
struct S3Call {
  std::string_view what;        // for messages: "read", "list", ...
  std::string_view permission;  // what the policy must allow: s3:GetObject
  std::string method = "GET";
  std::string_view key;  // empty: the bucket itself
  UrlParams query;
  HttpHeaders headers;  // all are signed
  Bytes body;
  std::optional<FilePart> file;
  std::string content_sha256;  // of body or file in hex; empty: computed from body
  std::span<std::byte> into;
  uint64_t text_bytes_max = 64 << 20;
};

class S3Client {
 public:
  // `clock` outlives this.
  S3Client(S3Config config, std::unique_ptr<HttpTransport> transport, const Logger& logger, Clock& clock);
  absl::Status Init();  // finds out where keys are to come from, without asking anybody yet

  const S3Config& config() const { return config_; }

  // A 2xx answer, or why there is none.
  absl::StatusOr<TransportResponse> Do(const Context& ctx, const S3Call& call);

 private:
  absl::StatusOr<TransportResponse> Send(const Context& ctx, const S3Call& call, const S3Address& address,
                                         const AwsCredentials& credentials);
  bool Adapt(const Context& ctx, const TransportResponse& response, std::string_view code, std::string_view region_hint,
             const AwsCredentials& credentials);
  absl::Status AskForWords(const Context& ctx);
  void Trace(const S3Call& call, const S3Address& address, const absl::StatusOr<TransportResponse>& response,
             TimestampMs started) const;

  const S3Config config_;
  const std::unique_ptr<HttpTransport> transport_;
  const Logger logger_;
  Clock& clock_;
  S3Endpoint endpoint_;
  std::unique_ptr<Credentials> credentials_;
};

}  // namespace varve
