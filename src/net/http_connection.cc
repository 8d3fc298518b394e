#include "net/http_connection.h"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <utility>

#include "base/errors.h"
#include "net/http_response_encoder.h"
#include "net/offload.h"

namespace varve {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr size_t kReadStep = 64 << 10;
constexpr size_t kWriteStep = 256 << 10;
constexpr size_t kSmallAnswerMax = 64 << 10;
constexpr size_t kLingerBytesMax = 1 << 20;
constexpr std::chrono::seconds kLingerTimeout{1};

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

// Stops a request's context when the client hangs up while nobody reads from the socket. Lives on the connection's strand.
class DisconnectWatch {
 public:
  DisconnectWatch(tcp::socket& socket, std::stop_source stop) : socket_(socket), armed_(std::make_shared<bool>(true)) {
    socket.async_wait(tcp::socket::wait_read,
                      [armed = armed_, fd = socket.native_handle(), stop = std::move(stop)](error_code ec) mutable {
                        if (!ec && *armed && HungUp(fd)) stop.request_stop();
                      });
  }
  ~DisconnectWatch() {
    *armed_ = false;
    error_code ignored;
    socket_.cancel(ignored);
  }
  DisconnectWatch(const DisconnectWatch&) = delete;
  DisconnectWatch& operator=(const DisconnectWatch&) = delete;

 private:
  static bool HungUp(int fd) {
    char byte;
    const ssize_t got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
  }

  tcp::socket& socket_;
  std::shared_ptr<bool> armed_;
};

// A request under way, from its headers to the last byte of the answer.
struct Exchange {
  const HttpRoute* route = nullptr;
  HttpRequest request;
  HttpExchangeFacts facts;
  uint64_t request_bytes = 0;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  std::unique_ptr<HttpResponseEncoder> encoder;
  std::string wire;                   // the part of the answer to send next
  size_t sent = 0;                    // of `wire`, by SendSmall
  absl::StatusOr<bool> more = false;  // what the encoder said about it
  bool finished = false;              // counted in the metrics
};

void ReadForm(HttpRequest& request) {
  const std::string_view content_type = request.headers.Get("Content-Type");
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  const bool has_form = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (has_form && EqualsIgnoringCase(type, "application/x-www-form-urlencoded")) {
    const absl::Status status = ParseUrlQuery(request.body, request.form);
    if (!status.ok()) request.form_error = status;
  }
  for (const auto& [name, value] : request.query.pairs()) request.form.Add(name, value);
}

HttpResponse CallHandler(const HttpHandler& handler, const HttpRequest& request, const Logger& log) {
  try {
    return handler(request);
  } catch (const std::exception& error) {
    log.Error("HTTP handler failed", {{"path", request.path}, {"err", error.what()}});
    return HttpResponse::Text(500, "Internal Server Error\n");
  }
}

class Connection : public HttpConnection, public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, HttpConnectionEnv env) : stream_(std::move(socket)), env_(std::move(env)) {
    error_code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    const tcp::endpoint peer = stream_.socket().remote_endpoint(ignored);
    if (!ignored) peer_ = peer.address().to_string();
  }

  asio::awaitable<void> Serve() override {
    bool again = true;
    while (again) again = co_await ServeOne();
    co_await Linger();
    stream_.close();
  }

  void Drain() override {
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] {
      self->draining_ = true;
      if (self->idle_) self->stream_.close();
    });
  }

  void Abort() override {
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] {
      self->draining_ = true;
      self->stop_.request_stop();
      // The work may be about to send: the descriptor must not become another connection's under its hands.
      error_code ignored;
      if (self->working_) {
        self->stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
      } else {
        self->stream_.close();
      }
    });
  }

 private:
  // Answers whether the connection can be used again.
  asio::awaitable<bool> ServeOne() {
    const bool ready = co_await AwaitRequest();
    if (!ready) co_return false;
    Parser parser;
    Exchange exchange;
    const int head_status = co_await ReadHead(parser, exchange);
    if (head_status != 0) {
      co_await Refuse(head_status);
      co_return false;
    }
    HttpResponse direct;  // for what no handler answers
    const bool handled = Route(parser, exchange, direct);
    const int body_status = co_await ReadBody(parser, exchange);
    if (body_status != 0) {
      co_await Refuse(body_status);
      co_return false;
    }
    exchange.request.body = std::move(parser.get().body());
    if (!handled) {
      if (draining_) exchange.facts.keep_alive = false;
      exchange.encoder = std::make_unique<HttpResponseEncoder>(exchange.facts, std::move(direct));
      exchange.more = exchange.encoder->Next(Context(), exchange.wire);
      co_return co_await SendAnswer(exchange);
    }
    co_return co_await Answer(exchange);
  }

  // Waits for the first byte of a request.
  asio::awaitable<bool> AwaitRequest() {
    if (draining_) co_return false;
    if (buffer_.size() > 0) co_return true;
    idle_ = true;
    stream_.expires_after(env_.options.idle_timeout);
    const auto [ec, got] = co_await stream_.async_read_some(buffer_.prepare(kReadStep), kAsTuple);
    idle_ = false;
    if (ec || stream_.socket().is_open() == false) co_return false;
    buffer_.commit(got);
    co_return true;
  }

  // Answers 0, the status to refuse the request with, or -1 if there is nobody to tell.
  asio::awaitable<int> ReadHead(Parser& parser, Exchange& exchange) {
    parser.header_limit(env_.options.header_bytes_max);
    parser.body_limit(boost::none);  // the route decides
    stream_.expires_after(env_.options.header_timeout);
    const auto [ec, got] = co_await http::async_read_header(stream_, buffer_, parser, kAsTuple);
    if (ec) co_return RefusalOf(ec);
    exchange.start = std::chrono::steady_clock::now();
    exchange.request_bytes = got;
    const auto& message = parser.get();
    HttpRequest& request = exchange.request;
    request.method = View(message.method_string());
    request.peer = peer_;
    for (const auto& field : message) request.headers.Add(View(field.name_string()), View(field.value()));
    exchange.facts = {.head_only = request.method == "HEAD",
                      .http_1_0 = message.version() < 11,
                      .keep_alive = message.keep_alive(),
                      .accepts_gzip = AcceptsGzip(request.headers.Get("Accept-Encoding"))};
    co_return 0;
  }

  static int RefusalOf(error_code ec) {
    if (ec == http::error::header_limit) return 431;
    if (ec == http::error::body_limit) return 413;
    if (ec == http::error::end_of_stream || ec == http::error::partial_message) return -1;
    return ec.category() == http::make_error_code(http::error::bad_method).category() ? 400 : -1;
  }

  // Finds the handler; false: `direct` is the answer.
  bool Route(const Parser& parser, Exchange& exchange, HttpResponse& direct) {
    HttpRequest& request = exchange.request;
    std::string_view target = View(parser.get().target());
    if (const size_t scheme = target.find("://"); !target.starts_with('/') && scheme != std::string_view::npos) {
      const size_t path = target.find('/', scheme + 3);  // http://host/path, as sent to proxies
      target = path == std::string_view::npos ? "/" : target.substr(path);
    }
    target = target.substr(0, target.find('#'));
    const size_t question = target.find('?');
    const std::string_view raw_path = target.substr(0, question);
    if (question != std::string_view::npos) request.form_error = ParseUrlQuery(target.substr(question + 1), request.query);
    request.path = UrlDecodePath(raw_path).value_or(std::string(raw_path));
    HttpRouteMatch match = env_.router.Find(request.method, raw_path);
    if (match.route != nullptr) {
      exchange.route = match.route;
      request.path_values = std::move(match.path_values);
      return true;
    }
    if (match.allowed.empty()) {
      direct = HttpResponse::Text(404, "404 page not found\n");
    } else if (request.method == "OPTIONS") {
      direct.status = 204;
      direct.headers.Set("Allow", match.allowed);
    } else {
      direct = HttpResponse::Text(405, "Method Not Allowed\n");
      direct.headers.Set("Allow", match.allowed);
    }
    if (match.cors) AddCorsHeaders(direct.headers);
    return false;
  }

  asio::awaitable<int> ReadBody(Parser& parser, Exchange& exchange) {
    const uint64_t limit = exchange.route == nullptr ? kHttpBodyBytesMax : exchange.route->options.body_bytes_max;
    const boost::optional<std::uint64_t> length = parser.content_length();
    if (length.has_value() && *length > limit) co_return 413;
    parser.body_limit(limit);
    if (EqualsIgnoringCase(exchange.request.headers.Get("Expect"), "100-continue") && buffer_.size() == 0) {
      const bool sent = co_await Send("HTTP/1.1 100 Continue\r\n\r\n");
      if (!sent) co_return -1;
    }
    while (!parser.is_done()) {
      stream_.expires_after(env_.options.stall_timeout);
      const auto [ec, got] = co_await http::async_read_some(stream_, buffer_, parser, kAsTuple);
      if (ec) co_return RefusalOf(ec);
      exchange.request_bytes += got;
    }
    co_return 0;
  }

  // Runs the handler and sends what it answers, part by part.
  asio::awaitable<bool> Answer(Exchange& exchange) {
    stop_ = std::stop_source();
    exchange.request.context = Context().WithStop(stop_.get_token());
    if (HttpMetrics* metrics = MetricsOf(exchange)) metrics->Started(exchange.route->options.name, exchange.request);
    co_await Run(exchange, [this, &exchange] { Produce(exchange); });
    const bool keep_alive = co_await SendAnswer(exchange);
    Finished(exchange);
    co_return keep_alive;
  }

  HttpMetrics* MetricsOf(const Exchange& exchange) const {
    return exchange.route->options.name.empty() ? nullptr : env_.options.metrics;
  }

  // Once: who has an answer finds it counted.
  void Finished(Exchange& exchange) {
    HttpMetrics* metrics = MetricsOf(exchange);
    if (metrics == nullptr || std::exchange(exchange.finished, true)) return;
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - exchange.start;
    metrics->Finished(exchange.route->options.name, exchange.request,
                      {.status = exchange.encoder->status(),
                       .seconds = elapsed.count(),
                       .request_bytes = exchange.request_bytes,
                       .response_bytes = exchange.encoder->body_bytes()});
  }

  // Runs blocking `work` where it belongs, and stops the request's context if the client hangs up meanwhile.
  asio::awaitable<void> Run(Exchange& exchange, std::function<void()> work) {
    if (exchange.route->options.quick) {
      work();
      co_return;
    }
    stream_.expires_never();
    const DisconnectWatch watch(stream_.socket(), stop_);
    working_ = true;
    co_await Offload(env_.loop, std::move(work));
    working_ = false;
  }

  // Offloaded: from the request to the first part of the answer.
  void Produce(Exchange& exchange) {
    ReadForm(exchange.request);
    HttpResponse response = CallHandler(exchange.route->handler, exchange.request, env_.log);
    if (exchange.route->options.cors) AddCorsHeaders(response.headers);
    if (draining_) exchange.facts.keep_alive = false;
    exchange.encoder = std::make_unique<HttpResponseEncoder>(exchange.facts, std::move(response));
    ProducePart(exchange);
    const bool whole = exchange.more.ok() && !*exchange.more && exchange.wire.size() <= kSmallAnswerMax;
    if (whole && !exchange.route->options.quick) SendSmall(exchange);
  }

  // As much of a whole answer as the socket takes at once: the client need not wait for another thread to wake up.
  void SendSmall(Exchange& exchange) {
    Finished(exchange);
    const ssize_t sent =
        ::send(stream_.socket().native_handle(), exchange.wire.data(), exchange.wire.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) exchange.sent = static_cast<size_t>(sent);  // an error comes again when the rest is sent
  }

  void ProducePart(Exchange& exchange) {
    exchange.wire.clear();
    try {
      exchange.more = exchange.encoder->Next(exchange.request.context, exchange.wire);
    } catch (const std::exception& error) {
      exchange.more = Internal("{}", error.what());
    }
    if (!exchange.more.ok()) {
      env_.log.Warn("HTTP answer broken off", {{"path", exchange.request.path}, {"err", exchange.more.status()}});
    }
  }

  asio::awaitable<bool> SendAnswer(Exchange& exchange) {
    while (true) {
      const bool sent = co_await Send(std::string_view(exchange.wire).substr(std::exchange(exchange.sent, 0)));
      if (!sent || !exchange.more.ok()) {
        Reset();
        co_return false;
      }
      if (!*exchange.more) co_return exchange.encoder->keep_alive();
      co_await Run(exchange, [this, &exchange] { ProducePart(exchange); });
    }
  }

  asio::awaitable<bool> Send(std::string_view bytes) {
    while (!bytes.empty()) {
      stream_.expires_after(env_.options.stall_timeout);
      const asio::const_buffer step(bytes.data(), std::min(bytes.size(), kWriteStep));
      const auto [ec, sent] = co_await stream_.async_write_some(step, kAsTuple);
      if (ec) co_return false;
      bytes.remove_prefix(sent);
    }
    co_return true;
  }

  // Answers a request that could not be read, and remembers to linger so that the client gets to see why.
  asio::awaitable<void> Refuse(int status) {
    if (status < 0) {
      Reset();
      co_return;
    }
    std::string wire;
    HttpResponseEncoder encoder({.keep_alive = false},
                                HttpResponse::Text(status, fmt::format("{} {}", status, HttpReason(status))));
    encoder.Next(Context(), wire).IgnoreError();
    co_await Send(wire);
  }

  // Closes our side first and reads a little of what is still coming: closing with unread bytes would make the kernel send a
  // reset that can overtake our answer.
  asio::awaitable<void> Linger() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    if (ignored) co_return;
    stream_.expires_after(kLingerTimeout);
    for (size_t total = 0; total < kLingerBytesMax;) {
      buffer_.clear();
      const auto [ec, got] = co_await stream_.async_read_some(buffer_.prepare(kReadStep), kAsTuple);
      if (ec) co_return;
      total += got;
    }
  }

  void Reset() {
    error_code ignored;
    stream_.socket().close(ignored);
  }

  beast::tcp_stream stream_;
  const HttpConnectionEnv env_;
  std::string peer_;
  beast::flat_buffer buffer_;
  std::stop_source stop_;              // of the request under way
  bool idle_ = false;                  // waiting for a request
  bool working_ = false;               // the request is offloaded
  std::atomic<bool> draining_{false};  // the connection ends after the request under way
};

}  // namespace

std::shared_ptr<HttpConnection> MakeHttpConnection(tcp::socket socket, HttpConnectionEnv env) {
  return std::make_shared<Connection>(std::move(socket), std::move(env));
}

}  // namespace varve
