// Requests to one bucket of Google Cloud Storage's JSON API.
//
// Shape    one request, one answer; sent again only with a fresh token, when the server refuses the old one. STORAGE_EMULATOR_HOST names
//          another server, which is asked without tokens, as Google's own clients do.
// Errors   codes as bucket.h has them; messages carry the server's words, never a token.
// Threads  share freely.
// Source   Cloud Storage JSON API reference; "HTTP status and error codes for JSON".
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>

#include "net/url.h"
#include "objstore/gcs/gcs_config.h"
#include "objstore/gcs/gcs_tokens.h"
#include "objstore/http/transport.h"

namespace varve {

// What is borrowed here stays until the call returns.
struct GcsCall {
  std::string_view what;        // for messages: "read", "list", ...
  std::string_view permission;  // storage.objects.get
  std::string method = "GET";
  std::string path;      // below the bucket: "/o/name", escaped
  std::string full_url;  // instead, for a session of an upload
  bool upload = false;   // path is of the upload API
  std::string_view key;  // for messages; empty: the bucket itself
  UrlParams query;
  HttpHeaders headers;
  Bytes body;
  std::optional<FilePart> file;
  std::span<std::byte> into;
  uint64_t text_bytes_max = 64 << 20;
};

class GcsClient {
 public:
  // `tokens` may be null: then requests go without.
  GcsClient(const GcsConfig& config, std::unique_ptr<HttpTransport> transport, std::unique_ptr<Expiring<BearerToken>> tokens,
            std::string endpoint, Clock& clock)
      : bucket_(config.bucket),
        endpoint_(std::move(endpoint)),
        transport_(std::move(transport)),
        tokens_(std::move(tokens)),
        clock_(clock) {}

  const std::string& bucket() const { return bucket_; }
  // A 2xx answer, or 308 (go on) to a part of an upload; else why there is none.
  absl::StatusOr<TransportResponse> Do(const Context& ctx, const GcsCall& call);

 private:
  std::string UrlOf(const GcsCall& call) const;
  absl::Status Failure(const GcsCall& call, const TransportResponse& response, const BearerToken& token) const;

  const std::string bucket_;
  const std::string endpoint_;  // https://storage.googleapis.com
  const std::unique_ptr<HttpTransport> transport_;
  const std::unique_ptr<Expiring<BearerToken>> tokens_;
  Clock& clock_;
};

}  // namespace varve
