// One client's connection to an HttpServer: reads a request, has it answered, writes the response, again and again.
// Includes Asio: for http_server.cc and http_connection.cc only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>

#include "net/event_loop.h"
#include "net/http_server.h"

namespace varve {

// What the connections of a server share; the server owns what is referred to.
struct HttpConnectionEnv {
  EventLoop& loop;
  const HttpServerOptions& options;
  const HttpRouter& router;
  const Logger& log;
};

class HttpConnection {
 public:
  virtual ~HttpConnection() = default;
  // Until the client or the server has had enough. The caller keeps the connection alive meanwhile.
  virtual boost::asio::awaitable<void> Serve() = 0;
  // From any thread: closes after the request under way, at once when there is none.
  virtual void Drain() = 0;
  // From any thread: stops the context of the request under way and closes.
  virtual void Abort() = 0;
};

std::shared_ptr<HttpConnection> MakeHttpConnection(boost::asio::ip::tcp::socket socket, HttpConnectionEnv env);

}  // namespace varve
