#include "objstore/testing/scripted_server.h"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/check.h"
#include "base/errors.h"

#ifdef __SANITIZE_THREAD__
extern "C" void varve_tsan_network_handoff();  // cmake/tsan_handoffs.cc
#else
static void varve_tsan_network_handoff() {}
#endif

namespace varve {
namespace {

std::shared_ptr<void> NewTlsContext(const TestCertificates* certificates) {
  if (certificates == nullptr) return nullptr;
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  VARVE_CHECK(SSL_CTX_use_certificate_chain_file(context.get(), certificates->cert_file().c_str()) == 1);
  VARVE_CHECK(SSL_CTX_use_PrivateKey_file(context.get(), certificates->key_file().c_str(), SSL_FILETYPE_PEM) == 1);
  return context;
}

size_t ContentLength(const HttpHeaders& headers) {
  size_t length = 0;
  const std::string_view text = headers.Get("Content-Length");
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

ScriptedRequest ParseHead(std::string_view head) {
  ScriptedRequest request;
  size_t line_end = head.find("\r\n");
  const std::string_view first = head.substr(0, line_end);
  const size_t space = first.find(' '), second = first.rfind(' ');
  request.method = first.substr(0, space);
  request.target = first.substr(space + 1, second - space - 1);
  while (line_end < head.size()) {
    head.remove_prefix(line_end + 2);
    line_end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, line_end);
    const size_t colon = line.find(": ");
    if (colon != std::string_view::npos) request.headers.Add(line.substr(0, colon), line.substr(colon + 2));
  }
  return request;
}

}  // namespace

std::string HttpAnswer(int status, std::string_view body, std::string_view headers) {
  return fmt::format("HTTP/1.1 {} {}\r\nContent-Length: {}\r\n{}\r\n{}", status, HttpReason(status), body.size(), headers, body);
}

// One client's connection, plain or TLS.
class ScriptedServer::Connection {
 public:
  Connection(int descriptor, SSL_CTX* tls) : descriptor_(descriptor), ssl_(tls == nullptr ? nullptr : SSL_new(tls), SSL_free) {
    if (ssl_ == nullptr) return;
    SSL_set_fd(ssl_.get(), descriptor_);
    broken_ = SSL_accept(ssl_.get()) != 1;
  }

  std::optional<ScriptedRequest> ReadRequest() {
    size_t head_end = std::string::npos;
    while ((head_end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!ReadMore()) return std::nullopt;
      if (ssl_ == nullptr && buffer_.starts_with('\x16')) return ScriptedRequest{.method = "TLS handshake"};
    }
    ScriptedRequest request = ParseHead(std::string_view(buffer_).substr(0, head_end));
    buffer_.erase(0, head_end + 4);
    const size_t length = ContentLength(request.headers);
    if (request.headers.Has("Expect") && !Write("HTTP/1.1 100 Continue\r\n\r\n")) return std::nullopt;
    while (buffer_.size() < length) {
      if (!ReadMore()) return std::nullopt;
    }
    request.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return request;
  }

  bool Write(std::string_view bytes) {
    while (!bytes.empty() && !broken_) {
      const auto sent = ssl_ == nullptr ? ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL)
                                        : SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return !broken_;
  }

  bool ReadMore() {
    char chunk[16384];
    const auto got = broken_           ? -1
                     : ssl_ == nullptr ? ::recv(descriptor_, chunk, sizeof(chunk), 0)
                                       : SSL_read(ssl_.get(), chunk, sizeof(chunk));
    if (got <= 0) return false;
    buffer_.append(chunk, static_cast<size_t>(got));
    return true;
  }

 private:
  const int descriptor_;
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  bool broken_ = false;
  std::string buffer_;
};

ScriptedServer::ScriptedServer(Script script, const TestCertificates* certificates)
    : script_(std::move(script)), tls_(NewTlsContext(certificates)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  VARVE_CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(listener_, 512) == 0);
  VARVE_CHECK(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] { Accept(); });
}

ScriptedServer::~ScriptedServer() {
  {
    MutexLock lock(mutex_);
    closing_ = true;
    for (const int descriptor : open_) ::shutdown(descriptor, SHUT_RDWR);
  }
  ::shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  for (std::thread& thread : serving_) thread.join();
  ::close(listener_);
}

std::string ScriptedServer::address() const { return fmt::format("127.0.0.1:{}", port_); }

std::string ScriptedServer::url(std::string_view target) const {
  return fmt::format("{}://{}{}", tls_ == nullptr ? "http" : "https", address(), target);
}

void ScriptedServer::Accept() {
  while (true) {
    const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) return;
    ++connections_;
    MutexLock lock(mutex_);
    if (closing_) ::shutdown(descriptor, SHUT_RDWR);
    open_.push_back(descriptor);
    serving_.emplace_back([this, descriptor] { Serve(descriptor); });
  }
}

void ScriptedServer::Serve(int descriptor) {
  sigset_t signals;  // OpenSSL writes to sockets that the peer has closed
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  {
    Connection connection(descriptor, static_cast<SSL_CTX*>(tls_.get()));
    while (const std::optional<ScriptedRequest> request = connection.ReadRequest()) {
      ++requests_;
      varve_tsan_network_handoff();  // what the client did before it asked is done
      const ScriptedReply reply = script_(*request);
      varve_tsan_network_handoff();
      if (!connection.Write(reply.bytes) || reply.then == ScriptedReply::Then::kHangUp) break;
      while (reply.then == ScriptedReply::Then::kSayNothingMore && connection.ReadMore()) continue;
    }
  }
  MutexLock lock(mutex_);
  std::erase(open_, descriptor);
  ::close(descriptor);
}

}  // namespace varve
