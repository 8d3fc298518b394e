// A TCP server that says what it is told, byte for byte: for answers no decent server gives, and for small fakes of services.
//
//   ScriptedServer server([](const ScriptedRequest& request) -> ScriptedReply {
//     return {.bytes = HttpAnswer(200, "hello")};
//   });
//   Get(server.url("/greeting"));
//
// Shape    HTTP/1.1 requests with or without Content-Length; connections are kept until a reply says otherwise.
// Threads  the script runs on one thread a connection. The server ends with its last connection, which it closes itself.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "net/http_message.h"
#include "net/testing/certificates.h"

namespace varve {

struct ScriptedRequest {
  std::string method, target;  // target with its query, as it was sent
  HttpHeaders headers;
  std::string body;
};

struct ScriptedReply {
  std::string bytes;
  enum class Then { kKeep, kHangUp, kSayNothingMore } then = Then::kKeep;
};

// A whole answer with its length; `headers` are lines that end in \r\n.
std::string HttpAnswer(int status, std::string_view body, std::string_view headers = "");

class ScriptedServer {
 public:
  using Script = std::function<ScriptedReply(const ScriptedRequest&)>;

  explicit ScriptedServer(Script script, const TestCertificates* certificates = nullptr);  // with certificates it speaks TLS
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  uint16_t port() const { return port_; }
  std::string address() const;  // 127.0.0.1:port
  std::string url(std::string_view target) const;
  int connections() const { return connections_; }  // so far
  int requests() const { return requests_; }        // so far

 private:
  class Connection;
  void Accept();
  void Serve(int descriptor);

  const Script script_;
  const std::shared_ptr<void> tls_;  // SSL_CTX
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<int> connections_ = 0, requests_ = 0;
  Mutex mutex_;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<int> open_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> serving_;  // of the accepting thread
  std::thread accepting_;
};

}  // namespace varve
