#include "net/http_server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unordered_set>

#include "base/errors.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "net/address.h"
#include "net/event_loop.h"
#include "net/http_connection.h"

namespace varve {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kAcceptPause{50};  // when descriptors or connections have run out

absl::StatusOr<tcp::endpoint> Resolve(asio::io_context& io, const std::string& text) {
  VARVE_ASSIGN_OR_RETURN(const HostPort address, ParseHostPort(text));
  if (address.host.empty()) return tcp::endpoint(tcp::v6(), address.port);  // takes IPv4 clients too
  error_code ec;
  const auto found = tcp::resolver(io).resolve(address.host, std::to_string(address.port), ec);
  if (ec || found.empty()) return Unavailable("listening on {}: cannot resolve the host: {}", text, ec.message());
  return found.begin()->endpoint();
}

absl::Status Listen(tcp::acceptor& acceptor, tcp::endpoint endpoint, const std::string& text) {
  error_code ec;
  acceptor.open(endpoint.protocol(), ec);
  if (ec == asio::error::address_family_not_supported && endpoint.address() == asio::ip::address_v6::any()) {
    endpoint = tcp::endpoint(tcp::v4(), endpoint.port());  // a machine without IPv6
    acceptor.open(endpoint.protocol(), ec);
  }
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec && endpoint.protocol() == tcp::v6()) acceptor.set_option(asio::ip::v6_only(false), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
  return ec ? Unavailable("listening on {}: {}", text, ec.message()) : absl::OkStatus();
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpServerOptions options, HttpRouter router, Executor& executor, Logger log)
      : options_(std::move(options)),
        router_(std::move(router)),
        log_(std::move(log)),
        loop_("http-events", executor),
        acceptor_(asio::make_strand(*loop_.io())) {}

  absl::Status Start() {
    VARVE_ASSIGN_OR_RETURN(const tcp::endpoint endpoint, Resolve(*loop_.io(), options_.address));
    VARVE_RETURN_IF_ERROR(Listen(acceptor_, endpoint, options_.address));
    port_ = acceptor_.local_endpoint().port();
    asio::co_spawn(acceptor_.get_executor(), AcceptLoop(), asio::detached);
    loop_.Start();
    return absl::OkStatus();
  }

  uint16_t port() const { return port_; }

  void Stop(std::chrono::milliseconds grace) {
    const std::lock_guard<std::mutex> one_stop(stop_mutex_);
    if (stopped_) return;
    asio::post(acceptor_.get_executor(), [this] {
      error_code ignored;
      acceptor_.close(ignored);
    });
    {
      MutexLock lock(mutex_);
      stopping_ = true;
      for (const auto& connection : connections_) connection->Drain();
      const auto all_gone = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return connections_.empty() && !accepting_; };
      if (!gone_.wait_for(lock, grace, all_gone)) {
        if (grace.count() > 0)
          log_.Warn("HTTP requests still under way after the grace period", {{"connections", connections_.size()}});
        for (const auto& connection : connections_) connection->Abort();
        gone_.wait(lock, all_gone);
      }
    }
    loop_.Finish();
    stopped_ = true;
  }

 private:
  asio::awaitable<void> AcceptLoop() {
    while (acceptor_.is_open()) {
      if (Full()) {
        co_await Pause();
        continue;
      }
      auto [ec, socket] = co_await acceptor_.async_accept(asio::make_strand(*loop_.io()), kAsTuple);
      if (!ec) {
        Begin(std::move(socket));
      } else if (acceptor_.is_open()) {
        log_.Warn("cannot accept a connection", {{"err", ec.message()}});
        co_await Pause();
      }
    }
    MutexLock lock(mutex_);
    accepting_ = false;
    gone_.notify_all();
  }

  asio::awaitable<void> Pause() {
    asio::steady_timer timer(acceptor_.get_executor(), kAcceptPause);
    co_await timer.async_wait(kAsTuple);
  }

  bool Full() {
    MutexLock lock(mutex_);
    return connections_.size() >= options_.connections_max;
  }

  void Begin(tcp::socket socket) {
    auto strand = socket.get_executor();
    auto connection = MakeHttpConnection(std::move(socket), {loop_, options_, router_, log_});
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
      connections_.insert(connection);
    }
    asio::co_spawn(strand, ServeUntilEnd(std::move(connection)), asio::detached);
  }

  asio::awaitable<void> ServeUntilEnd(std::shared_ptr<HttpConnection> connection) {
    try {
      co_await connection->Serve();
    } catch (const std::exception& error) {
      log_.Error("HTTP connection failed", {{"err", error.what()}});
    }
    MutexLock lock(mutex_);
    connections_.erase(connection);
    gone_.notify_all();
  }

  const HttpServerOptions options_;
  const HttpRouter router_;
  const Logger log_;

  EventLoop loop_;
  tcp::acceptor acceptor_;
  uint16_t port_ = 0;

  std::mutex stop_mutex_;  // makes concurrent Stops wait for each other; guards stopped_
  bool stopped_ = false;

  Mutex mutex_;
  CondVar gone_;
  std::unordered_set<std::shared_ptr<HttpConnection>> connections_ ABSL_GUARDED_BY(mutex_);
  bool accepting_ ABSL_GUARDED_BY(mutex_) = true;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options, HttpRouter router, Executor& executor,
                                                              Logger log) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(router), executor, std::move(log));
  VARVE_RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() { Stop(std::chrono::milliseconds(0)); }
uint16_t HttpServer::port() const { return impl_->port(); }
void HttpServer::Stop(std::chrono::milliseconds grace) { impl_->Stop(grace); }

}  // namespace varve
