// HTTP requests and responses as handlers see them: plain values, nothing of a socket.
//
//   HttpResponse Greet(const HttpRequest& request) {
//     return HttpResponse::Text(200, fmt::format("Hello, {}\n", request.form.Get("name")));
//   }
//
// Shape    a handler is a blocking function. A long answer is handed over in parts by `next_part`, asked for one at a time, each
//          only after the client took the part before: a slow client holds one part of memory and no thread.
// Threads  a request belongs to the handler; it lives until the whole response has been sent.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/url.h"
#include "runtime/context.h"

namespace varve {

// Header fields in the order they came. Names are compared without regard to case.
class HttpHeaders {
 public:
  std::string_view Get(std::string_view name) const;  // the first, empty if absent
  bool Has(std::string_view name) const;
  void Set(std::string_view name, std::string_view value);  // replaces all of that name
  void Add(std::string_view name, std::string_view value) { fields_.emplace_back(name, value); }
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct HttpRequest {
  std::string method;                                            // GET, POST, ...
  std::string path;                                              // decoded, without the query
  std::vector<std::pair<std::string, std::string>> path_values;  // of the :names in the route's pattern
  UrlParams query;                                               // of the URL alone
  UrlParams form;           // of an urlencoded POST, PUT or PATCH body, then those of the URL; as Go's Request.Form
  absl::Status form_error;  // the first malformed parameter; it is in neither list
  HttpHeaders headers;
  std::string body;
  std::string peer;  // address of the client
  Context context;   // stopped when the client goes away or the server's patience ends

  std::string_view PathValue(std::string_view name) const;
};

struct HttpResponse {
  // Appends the next part of the body to `part`; false: nothing comes after it. A failure breaks the connection off, so that
  // the client cannot take what it has for the whole.
  using NextPart = std::function<absl::StatusOr<bool>(const Context& ctx, std::string& part)>;

  int status = 200;
  HttpHeaders headers;  // Content-Length, Transfer-Encoding, Connection and Date are the server's business
  std::string body;
  NextPart next_part;  // when set, `body` is not used

  static HttpResponse Text(int status, std::string body);  // text/plain; charset=utf-8
  static HttpResponse Json(int status, std::string body);  // application/json
};

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

std::string_view HttpReason(int status);  // "Not Found"
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

}  // namespace varve
