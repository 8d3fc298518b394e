#include "net/http_response_encoder.h"

#include <ctime>

#include "base/status_macros.h"

namespace varve {
namespace {

constexpr size_t kGzipBytesMin = 1024;  // below, the gain is not worth the time

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool IsText(std::string_view content_type) {
  const std::string_view type = Trim(content_type.substr(0, content_type.find(';')));
  return type.starts_with("text/") || type == "application/json" || type == "application/javascript" ||
         type == "application/openmetrics-text" || type == "application/yaml" || type == "image/svg+xml" ||
         type == "application/manifest+json";
}

std::string HttpDate() {
  const time_t now = time(nullptr);
  tm parts{};
  gmtime_r(&now, &parts);
  char text[40];
  const size_t length = strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return std::string(text, length);
}

// A header that would end its own line could smuggle in another response.
bool IsSafe(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos; }

bool BodyAllowed(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

bool AcceptsGzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    const size_t comma = accept_encoding.find(',');
    std::string_view coding = Trim(accept_encoding.substr(0, comma));
    accept_encoding.remove_prefix(comma == std::string_view::npos ? accept_encoding.size() : comma + 1);
    const size_t semicolon = coding.find(';');
    const std::string_view weight = semicolon == std::string_view::npos ? "" : Trim(coding.substr(semicolon + 1));
    coding = Trim(coding.substr(0, semicolon));
    if (!EqualsIgnoringCase(coding, "gzip") && coding != "*") continue;
    return !(weight.starts_with("q=0") && weight.find_first_of("123456789") == std::string_view::npos);
  }
  return false;
}

HttpResponseEncoder::HttpResponseEncoder(HttpExchangeFacts facts, HttpResponse response)
    : facts_(facts), response_(std::move(response)) {
  if (!BodyAllowed(response_.status)) {
    response_.body.clear();
    response_.next_part = nullptr;
  } else if (!streamed() && !response_.headers.Has("Content-Type") && !response_.body.empty()) {
    response_.headers.Set("Content-Type", "text/plain; charset=utf-8");
  }
  chunked_ = streamed() && !facts_.http_1_0;
  if (streamed() && facts_.http_1_0) facts_.keep_alive = false;
  CompressBody();
}

void HttpResponseEncoder::CompressBody() {
  if (!IsText(response_.headers.Get("Content-Type")) || response_.headers.Has("Content-Encoding")) return;
  response_.headers.Add("Vary", "Accept-Encoding");
  if (!facts_.accepts_gzip || (!streamed() && response_.body.size() < kGzipBytesMin)) return;
  response_.headers.Set("Content-Encoding", "gzip");
  if (streamed()) {
    gzip_ = std::make_unique<GzipWriter>();
    return;
  }
  std::string compressed;
  GzipWriter().Append(response_.body, true, compressed);
  response_.body = std::move(compressed);
}

void HttpResponseEncoder::AppendHead(std::string& wire) {
  fmt::format_to(std::back_inserter(wire), "HTTP/1.1 {} {}\r\n", response_.status, HttpReason(response_.status));
  for (const auto& [name, value] : response_.headers.fields()) {
    if (!IsSafe(name) || !IsSafe(value)) continue;
    fmt::format_to(std::back_inserter(wire), "{}: {}\r\n", name, value);
  }
  fmt::format_to(std::back_inserter(wire), "Date: {}\r\n", HttpDate());
  if (chunked_) {
    wire += "Transfer-Encoding: chunked\r\n";
  } else if (!streamed() && BodyAllowed(response_.status)) {
    fmt::format_to(std::back_inserter(wire), "Content-Length: {}\r\n", response_.body.size());
  }
  if (!facts_.keep_alive) {
    wire += "Connection: close\r\n";
  } else if (facts_.http_1_0) {
    wire += "Connection: keep-alive\r\n";
  }
  wire += "\r\n";
}

void HttpResponseEncoder::AppendBodyPart(std::string_view part, std::string& wire) {
  if (part.empty()) return;  // an empty chunk would end the body
  body_bytes_ += part.size();
  if (chunked_) fmt::format_to(std::back_inserter(wire), "{:x}\r\n", part.size());
  wire += part;
  if (chunked_) wire += "\r\n";
}

absl::StatusOr<bool> HttpResponseEncoder::Next(const Context& ctx, std::string& wire) {
  if (!head_sent_) {
    head_sent_ = true;
    AppendHead(wire);
    if (facts_.head_only) return false;
    if (!streamed()) {
      body_bytes_ = response_.body.size();
      wire += response_.body;
      return false;
    }
  }
  std::string part;
  while (true) {
    std::string plain;
    VARVE_ASSIGN_OR_RETURN(const bool more, response_.next_part(ctx, plain));
    if (gzip_ == nullptr) {
      part = std::move(plain);
    } else {
      gzip_->Append(plain, !more, part);
    }
    if (part.empty() && more) continue;  // the compressor is still collecting
    AppendBodyPart(part, wire);
    if (!more && chunked_) wire += "0\r\n\r\n";
    return more;
  }
}

}  // namespace varve
