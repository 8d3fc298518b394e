// Which handler answers which path: exact ones and patterns with :names, one name for one segment of the path.
//
//   HttpRouter router("/thanos");                                              // everything below a prefix
//   router.Add("GET,POST", "/api/v1/query", Query, {.name = "query", .cors = true});
//   router.Add("GET", "/api/v1/label/:name/values", LabelValues, {.name = "label_values"});
//   router.Add("GET", "/-/healthy", Healthy, {.quick = true});                 // answers whatever the executor is busy with
//
// Shape    an exact segment beats a :name; a pattern ending in /*rest takes everything below it. GET answers HEAD too.
// Errors   a pattern added twice for one method is our bug.
// Threads  filled by one thread; afterwards immutable, share freely.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_message.h"

namespace varve {

inline constexpr uint64_t kHttpBodyBytesMax = 10 << 20;  // what Go's Request.ParseForm reads of a body

struct HttpRouteOptions {
  std::string name;    // the label "handler" of the metrics; empty: not measured
  bool quick = false;  // runs on the event thread: must not block
  bool cors = false;   // any page may call it, see AddCorsHeaders
  uint64_t body_bytes_max = kHttpBodyBytesMax;
};

struct HttpRoute {
  HttpHandler handler;
  HttpRouteOptions options;
};

struct HttpRouteMatch {
  const HttpRoute* route = nullptr;                              // null: see `allowed`
  std::vector<std::pair<std::string, std::string>> path_values;  // decoded
  std::string allowed;  // "GET, POST": the path exists, but not for this method; empty: there is no such path
  bool cors = false;    // of the path, for preflight requests
};

class HttpRouter {
 public:
  explicit HttpRouter(std::string prefix = "");
  ~HttpRouter();
  HttpRouter(HttpRouter&&) noexcept;
  HttpRouter& operator=(HttpRouter&&) noexcept;

  // `methods` is a list with commas. The prefix is put before `pattern`.
  void Add(std::string_view methods, std::string_view pattern, HttpHandler handler, HttpRouteOptions options = {});
  // The same without the prefix, for what must stay at the root.
  void AddAtRoot(std::string_view methods, std::string_view pattern, HttpHandler handler, HttpRouteOptions options = {});

  // `raw_path` as it stands in the request line, still encoded, without the query.
  HttpRouteMatch Find(std::string_view method, std::string_view raw_path) const;
  const std::string& prefix() const { return prefix_; }  // starts with / and does not end with it, or is empty

 private:
  struct Node;
  std::string prefix_;
  std::unique_ptr<Node> root_;
};

// The headers that let a page from anywhere read the answer, as Thanos and Prometheus send them.
void AddCorsHeaders(HttpHeaders& headers);

}  // namespace varve
