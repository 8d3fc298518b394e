// An HTTP/1.1 server: one of two event threads holds the connections, blocking handlers run on the other one and on an executor
// (net/event_loop.h).
//
//   HttpRouter router;
//   router.Add("GET", "/hello", Hello);
//   VARVE_ASSIGN_OR_RETURN(auto server, HttpServer::Start({.address = "127.0.0.1:0"}, std::move(router), executor, log));
//   log.Info("listening", {{"port", server->port()}});
//   server->Stop(std::chrono::minutes(2));
//
// Shape    keep-alive and pipelining, chunked bodies both ways, gzip for who accepts it, HEAD and OPTIONS. Unknown paths are 404,
//          wrong methods 405, what is not HTTP 400, bodies beyond the route's limit 413, headers beyond the server's 431.
// Errors   Start: InvalidArgument for a bad address, Unavailable with the system's reason if it cannot be bound. A handler that
//          throws is answered with 500 and logged.
// Threads  Stop may be called from any thread, any number of times. Router, metrics and executor outlive the server.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "net/http_metrics.h"
#include "net/http_router.h"
#include "runtime/executor.h"
#include "runtime/log.h"

namespace varve {

struct HttpServerOptions {
  std::string address = "0.0.0.0:10902";  // port 0: any free one
  size_t connections_max = 10'000;        // further clients wait to be accepted
  uint32_t header_bytes_max = 1 << 20;
  std::chrono::milliseconds idle_timeout{std::chrono::minutes(3)};     // between two requests of one connection
  std::chrono::milliseconds header_timeout{std::chrono::seconds(30)};  // from the first byte to the end of the headers
  std::chrono::milliseconds stall_timeout{std::chrono::seconds(60)};   // the client neither sends its body nor takes ours
  HttpMetrics* metrics = nullptr;                                      // counts requests to routes with a name
};

class HttpServer {
 public:
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(HttpServerOptions options, HttpRouter router, Executor& executor,
                                                           Logger log);
  ~HttpServer();  // Stop without grace
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  uint16_t port() const;

  // Stops listening, closes idle connections and lets requests under way finish. After `grace` their contexts are stopped and
  // their connections closed. Returns once every handler has returned.
  void Stop(std::chrono::milliseconds grace);

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace varve
