#include "net/byte_stream.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "net/address.h"

namespace varve {
namespace {

using Deadline = ByteSource::Deadline;
using Ssl = std::unique_ptr<SSL, decltype(&SSL_free)>;

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

std::string ErrnoText(int error) { return std::error_code(error, std::generic_category()).message(); }

std::string TlsError() {
  char reason[256] = "the connection was closed";
  if (const unsigned long error = ERR_peek_last_error(); error != 0) ERR_error_string_n(error, reason, sizeof(reason));
  ERR_clear_error();
  return reason;
}

absl::Status WaitFor(int fd, short events, Deadline deadline, const std::string& address) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Deadline::clock::now()).count();
    if (left <= 0) return DeadlineExceeded("{}: no answer in time", address);
    pollfd wanted = {.fd = fd, .events = events, .revents = 0};
    const int ready = ::poll(&wanted, 1, static_cast<int>(std::min<int64_t>(left, 1'000'000)));
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return Unavailable("{}: poll: {}", address, ErrnoText(errno));
  }
}

absl::StatusOr<Socket> ConnectTo(const addrinfo& target, Deadline deadline, const std::string& address) {
  Socket socket(::socket(target.ai_family, target.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, target.ai_protocol));
  if (socket.fd() < 0) return Unavailable("{}: socket: {}", address, ErrnoText(errno));
  const int yes = 1;
  ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  if (::connect(socket.fd(), target.ai_addr, target.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return Unavailable("connect to {}: {}", address, ErrnoText(errno));
    VARVE_RETURN_IF_ERROR(WaitFor(socket.fd(), POLLOUT, deadline, address));
    int error = 0;
    socklen_t size = sizeof(error);
    ::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return Unavailable("connect to {}: {}", address, ErrnoText(error));
  }
  return socket;
}

absl::StatusOr<Socket> ConnectTo(const HostPort& where, Deadline deadline, const std::string& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(where.host.c_str(), std::to_string(where.port).c_str(), &hints, &found);
  if (error != 0) return Unavailable("look up {}: {}", address, ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  absl::Status status = Unavailable("{}: no address", address);
  for (const addrinfo* target = found; target != nullptr; target = target->ai_next) {
    absl::StatusOr<Socket> socket = ConnectTo(*target, deadline, address);
    if (socket.ok()) return socket;
    status = socket.status();
  }
  return status;
}

class TcpStream : public ByteStream {
 public:
  TcpStream(Socket socket, std::string address) : socket_(std::move(socket)), address_(std::move(address)) {}

  absl::StatusOr<size_t> Read(std::span<std::byte> out, Deadline deadline) override {
    while (true) {
      const ssize_t got = ::recv(socket_.fd(), out.data(), out.size(), 0);
      if (got > 0) return static_cast<size_t>(got);
      if (got == 0) return Unavailable("{}: the server closed the connection", address_);
      if (errno != EAGAIN && errno != EINTR) return Unavailable("read from {}: {}", address_, ErrnoText(errno));
      VARVE_RETURN_IF_ERROR(WaitFor(socket_.fd(), POLLIN, deadline, address_));
    }
  }
  absl::Status Write(Bytes bytes, Deadline deadline) override {
    while (!bytes.empty()) {
      const ssize_t done = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (done > 0) {
        bytes = bytes.subspan(static_cast<size_t>(done));
        continue;
      }
      if (errno != EAGAIN && errno != EINTR) return Unavailable("write to {}: {}", address_, ErrnoText(errno));
      VARVE_RETURN_IF_ERROR(WaitFor(socket_.fd(), POLLOUT, deadline, address_));
    }
    return absl::OkStatus();
  }

 private:
  const Socket socket_;
  const std::string address_;
};

class TlsStream : public ByteStream {
 public:
  TlsStream(Socket socket, Ssl ssl, std::string address)
      : socket_(std::move(socket)), address_(std::move(address)), ssl_(std::move(ssl)) {}

  absl::Status Handshake(Deadline deadline) {
    return Drive(deadline, [this] { return SSL_connect(ssl_.get()); }).status();
  }
  absl::StatusOr<size_t> Read(std::span<std::byte> out, Deadline deadline) override {
    const int size = static_cast<int>(std::min<size_t>(out.size(), 1 << 30));
    return Drive(deadline, [&] { return SSL_read(ssl_.get(), out.data(), size); });
  }
  absl::Status Write(Bytes bytes, Deadline deadline) override {
    while (!bytes.empty()) {
      const int size = static_cast<int>(std::min<size_t>(bytes.size(), 1 << 30));
      VARVE_ASSIGN_OR_RETURN(const size_t done, Drive(deadline, [&] { return SSL_write(ssl_.get(), bytes.data(), size); }));
      bytes = bytes.subspan(done);
    }
    return absl::OkStatus();
  }

 private:
  // Repeats a step of OpenSSL's while it waits for the socket.
  template <typename Step>
  absl::StatusOr<size_t> Drive(Deadline deadline, Step step) {
    while (true) {
      ERR_clear_error();
      const int result = step();
      if (result > 0) return static_cast<size_t>(result);
      const int error = SSL_get_error(ssl_.get(), result);
      if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
        return Unavailable("TLS with {}: {}", address_, TlsError());
      VARVE_RETURN_IF_ERROR(WaitFor(socket_.fd(), error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline, address_));
    }
  }

  const Socket socket_;
  const std::string address_;
  const Ssl ssl_;
};

}  // namespace

absl::StatusOr<StreamDialer> StreamDialer::Make(const std::optional<TlsClientConfig>& tls) {
  StreamDialer dialer;
  if (!tls.has_value()) return dialer;
  VARVE_RETURN_IF_ERROR(tls->Check());
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (context == nullptr) return Internal("TLS: {}", TlsError());
  SSL_CTX_set_min_proto_version(context.get(), tls->min_version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
  if (tls->insecure_skip_verify) {
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  } else {
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    const int loaded = tls->ca_file.empty() ? SSL_CTX_set_default_verify_paths(context.get())
                                            : SSL_CTX_load_verify_file(context.get(), tls->ca_file.c_str());
    if (loaded != 1) return InvalidArgument("TLS certificate authority {:?}: {}", tls->ca_file, TlsError());
  }
  if (!tls->cert_file.empty() && (SSL_CTX_use_certificate_chain_file(context.get(), tls->cert_file.c_str()) != 1 ||
                                  SSL_CTX_use_PrivateKey_file(context.get(), tls->key_file.c_str(), SSL_FILETYPE_PEM) != 1)) {
    return InvalidArgument("TLS certificate {:?}: {}", tls->cert_file, TlsError());
  }
  dialer.tls_context_ = context;
  dialer.server_name_ = tls->server_name;
  dialer.verify_ = !tls->insecure_skip_verify;
  return dialer;
}

absl::StatusOr<std::unique_ptr<ByteStream>> StreamDialer::Connect(const std::string& address, Deadline deadline) const {
  VARVE_ASSIGN_OR_RETURN(const HostPort where, ParseHostPort(address));
  VARVE_ASSIGN_OR_RETURN(Socket socket, ConnectTo(where, deadline, address));
  if (tls_context_ == nullptr) return std::make_unique<TcpStream>(std::move(socket), address);

  Ssl ssl(SSL_new(static_cast<SSL_CTX*>(tls_context_.get())), SSL_free);
  if (ssl == nullptr || SSL_set_fd(ssl.get(), socket.fd()) != 1) return Internal("TLS with {}: {}", address, TlsError());
  const std::string& name = server_name_.empty() ? where.host : server_name_;
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl.get());
  if (verify_ && X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str()) != 1) {  // not an address, so a name
    SSL_set_tlsext_host_name(ssl.get(), name.c_str());
    X509_VERIFY_PARAM_set1_host(expected, name.c_str(), name.size());
  }
  auto stream = std::make_unique<TlsStream>(std::move(socket), std::move(ssl), address);
  VARVE_RETURN_IF_ERROR(stream->Handshake(deadline));
  return stream;
}

}  // namespace varve
