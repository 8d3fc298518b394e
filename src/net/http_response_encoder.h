// Turns an HttpResponse into the bytes that go over the wire, part by part: status line, headers, chunks, gzip.
//
//   HttpResponseEncoder encoder(facts, handler(request));
//   for (bool more = true; more;) { VARVE_ASSIGN_OR_RETURN(more, encoder.Next(ctx, wire)); Send(wire); wire.clear(); }
//
// Shape    the first part holds the head, and all of a body that is not streamed. Streamed bodies are chunked for HTTP/1.1;
//          for HTTP/1.0 they end with the connection.
// Errors   those of HttpResponse::next_part; the connection must then be broken off.
// Threads  one at a time.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "net/gzip.h"
#include "net/http_message.h"

namespace varve {

// What the answer depends on besides the response itself.
struct HttpExchangeFacts {
  bool head_only = false;  // the method is HEAD
  bool http_1_0 = false;
  bool keep_alive = true;  // the client would like to go on
  bool accepts_gzip = false;
};

// Whether an Accept-Encoding header allows gzip.
bool AcceptsGzip(std::string_view accept_encoding);

class HttpResponseEncoder {
 public:
  HttpResponseEncoder(HttpExchangeFacts facts, HttpResponse response);

  // Appends the next part to `wire`; false: that was all.
  absl::StatusOr<bool> Next(const Context& ctx, std::string& wire);

  bool keep_alive() const { return facts_.keep_alive; }  // may the connection be used again?
  int status() const { return response_.status; }
  uint64_t body_bytes() const { return body_bytes_; }  // sent so far, after compression

 private:
  bool streamed() const { return response_.next_part != nullptr; }
  void CompressBody();
  void AppendHead(std::string& wire);
  void AppendBodyPart(std::string_view part, std::string& wire);

  HttpExchangeFacts facts_;
  HttpResponse response_;
  std::unique_ptr<GzipWriter> gzip_;  // of a streamed body
  bool chunked_ = false;
  bool head_sent_ = false;
  uint64_t body_bytes_ = 0;
};

}  // namespace varve
