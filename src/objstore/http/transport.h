// HTTP/1.1 to an object store: many requests under way on few event threads, a blocking call for each.
//
//   VARVE_ASSIGN_OR_RETURN(auto transport, HttpTransport::Make(config));
//   TransportRequest request{.url = "https://s3.eu-west-1.amazonaws.com/bucket/01ARZ.../index", .into = buffer};
//   request.headers.Set("Range", "bytes=0-65535");
//   VARVE_ASSIGN_OR_RETURN(const TransportResponse response, transport->Do(ctx, request));
//
// Shape    libcurl's multi interface. Connections are kept and used again. The URL is sent to the byte as it is, since it was signed
//          that way. Redirects are answers like any other. A body from a file is never held whole; one for the caller's buffer is
//          put there as it comes.
// Errors   any status is an answer. Without one: Unavailable (no such host, refused, connection broken, answer shorter than
//          announced), DeadlineExceeded naming the phase that took too long, FailedPrecondition (TLS by an authority we do not
//          trust, wrong scheme, answer longer than there is room for), Cancelled. All name method and URL, without
//          its query, which may hold a signature.
// Threads  share freely. A context that ends wakes its call at once. No call may be under way when the transport goes.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "net/http_message.h"
#include "objstore/http/http_config.h"
#include "runtime/context.h"

namespace varve {

// A part of an open file, read with pread: one descriptor serves many requests.
struct FilePart {
  int descriptor = -1;
  uint64_t offset = 0;
  uint64_t size = 0;
};

// What is borrowed here (body, descriptor, into) stays until the call returns.
struct TransportRequest {
  std::string method = "GET";
  std::string url;               // http or https, escaped
  HttpHeaders headers;           // Content-Length and Expect are the transport's
  Bytes body;                    // of PUT and POST
  std::optional<FilePart> file;  // the body instead of `body`
  std::span<std::byte> into;     // when it has a place: takes the body of a 2xx answer
  uint64_t text_bytes_max = 16 << 20;
};

struct TransportResponse {
  int status = 0;
  HttpHeaders headers;
  std::string text;       // the body, unless it went elsewhere
  size_t into_bytes = 0;  // of `into` that were filled
};

class EventLoop;

class HttpTransport {
 public:
  static absl::StatusOr<std::unique_ptr<HttpTransport>> Make(ObjstoreHttpConfig config);
  ~HttpTransport();
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;

  absl::StatusOr<TransportResponse> Do(const Context& ctx, const TransportRequest& request);

 private:
  explicit HttpTransport(ObjstoreHttpConfig config);

  const ObjstoreHttpConfig config_;
  std::vector<std::unique_ptr<EventLoop>> loops_;
};

}  // namespace varve
