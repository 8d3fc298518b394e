#include "objstore/http/transport.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <set>
#include <thread>

#include "base/errors.h"
#include "objstore/testing/scripted_server.h"

namespace varve {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using Then = ScriptedReply::Then;

std::unique_ptr<HttpTransport> NewTransport(ObjstoreHttpConfig config = {}) {
  return HttpTransport::Make(std::move(config)).value();
}

// Says back what it was asked.
ScriptedReply Echo(const ScriptedRequest& request) {
  return {.bytes = HttpAnswer(
              200, fmt::format("{} {} x={} {}", request.method, request.target, request.headers.Get("X-Test"), request.body))};
}

std::string TextOf(const absl::StatusOr<TransportResponse>& response) {
  return response.ok() ? response->text : response.status().ToString();
}

TEST(HttpTransportTest, SendsMethodUrlHeadersAndBodyAsTheyAre) {
  ScriptedServer server(Echo);
  const auto transport = NewTransport();
  TransportRequest request{.url = server.url("/b/a%2Fb/../c//d/./?list-type=2&x=%2F")};
  request.headers.Set("X-Test", "1");
  EXPECT_EQ(TextOf(transport->Do(Context(), request)), "GET /b/a%2Fb/../c//d/./?list-type=2&x=%2F x=1 ");
  for (const std::string_view method : {"PUT", "POST"}) {
    const TransportRequest upload{.method = std::string(method), .url = server.url("/o"), .body = AsBytes("content")};
    EXPECT_EQ(TextOf(transport->Do(Context(), upload)), fmt::format("{} /o x= content", method));
  }
  EXPECT_EQ(TextOf(transport->Do(Context(), {.method = "PUT", .url = server.url("/empty")})), "PUT /empty x= ");
  EXPECT_EQ(TextOf(transport->Do(Context(), {.method = "DELETE", .url = server.url("/o")})), "DELETE /o x= ");
  EXPECT_EQ(server.connections(), 1);  // kept and used again
}

TEST(HttpTransportTest, AnyStatusIsAnAnswerAndRedirectsAreNotFollowed) {
  ScriptedServer server([](const ScriptedRequest&) -> ScriptedReply {
    return {.bytes = HttpAnswer(301, "elsewhere", "Location: http://127.0.0.1:1/\r\nx-amz-bucket-region: eu-west-1\r\n")};
  });
  const auto response = NewTransport()->Do(Context(), {.url = server.url("/")});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 301);
  EXPECT_EQ(response->text, "elsewhere");
  EXPECT_EQ(response->headers.Get("X-Amz-Bucket-Region"), "eu-west-1");
}

TEST(HttpTransportTest, ReadsIntoTheCallersBuffer) {
  const std::string object(300'000, 'o');
  ScriptedServer server([&](const ScriptedRequest& request) -> ScriptedReply {
    if (request.target == "/absent") return {.bytes = HttpAnswer(404, "no such key")};
    return {.bytes = HttpAnswer(206, object)};
  });
  const auto transport = NewTransport();
  std::string buffer(400'000, '?');
  const std::span<std::byte> into = std::as_writable_bytes(std::span(buffer));
  auto response = transport->Do(Context(), {.url = server.url("/o"), .into = into});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->into_bytes, object.size());
  EXPECT_EQ(buffer.substr(0, object.size()), object);
  EXPECT_EQ(buffer.substr(object.size()), std::string(100'000, '?'));
  EXPECT_EQ(response->text, "");

  response = transport->Do(Context(), {.url = server.url("/absent"), .into = into});
  EXPECT_EQ(TextOf(response), "no such key");  // an error is no part of the object
  EXPECT_EQ(response->into_bytes, 0u);

  response = transport->Do(Context(), {.url = server.url("/o?secret"), .into = into.first(1000)});
  EXPECT_EQ(response.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(TextOf(response), HasSubstr("GET " + server.url("/o: ")));  // without the query
  EXPECT_TRUE(absl::IsFailedPrecondition(transport->Do(Context(), {.url = server.url("/o"), .text_bytes_max = 10}).status()));
}

TEST(HttpTransportTest, SendsPartsOfAFile) {
  ScriptedServer server(Echo);
  const auto transport = NewTransport();
  const std::string path = fmt::format("{}varve-transport-{}", testing::TempDir(), ::getpid());
  const std::string big(3'000'000, 'z');
  std::ofstream(path) << "head" << big << "tail";
  const int descriptor = ::open(path.c_str(), O_RDONLY);
  ::unlink(path.c_str());
  TransportRequest request{.method = "PUT", .url = server.url("/o"), .file = FilePart{descriptor, 4, big.size()}};
  EXPECT_EQ(TextOf(transport->Do(Context(), request)), "PUT /o x= " + big);
  request.file = FilePart{descriptor, 3'000'004, 4};
  EXPECT_EQ(TextOf(transport->Do(Context(), request)), "PUT /o x= tail");
  request.file = FilePart{descriptor, 3'000'004, 5};
  EXPECT_THAT(TextOf(transport->Do(Context(), request)), HasSubstr("it became shorter"));
  ::close(descriptor);
}

TEST(HttpTransportTest, AKeptConnectionThatDiedIsReplaced) {
  std::atomic<int> served = 0;
  ScriptedServer server([&](const ScriptedRequest& request) -> ScriptedReply {
    ScriptedReply reply = Echo(request);
    reply.then = ++served == 1 ? Then::kHangUp : Then::kKeep;
    return reply;
  });
  const auto transport = NewTransport();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(TextOf(transport->Do(Context(), {.method = "PUT", .url = server.url("/o"), .body = AsBytes("abc")})),
              "PUT /o x= abc");
  }
}

TEST(HttpTransportTest, TellsBrokenAnswersApart) {
  struct Case {
    std::string_view target, bytes, message;
    absl::StatusCode code;
  };
  const Case cases[] = {
      {"/short", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!", "broke off after 5 bytes", absl::StatusCode::kUnavailable},
      {"/silent", "", "hung up without an answer (if it speaks TLS", absl::StatusCode::kUnavailable},
      {"/noise", "220 mail.example.com ESMTP\r\n", "is not HTTP", absl::StatusCode::kFailedPrecondition},
  };
  ScriptedServer server([&](const ScriptedRequest& request) -> ScriptedReply {
    for (const Case& c : cases) {
      if (c.target == request.target) return {.bytes = std::string(c.bytes), .then = Then::kHangUp};
    }
    return {};
  });
  for (const Case& c : cases) {
    std::string buffer(10, '?');
    const auto response =
        NewTransport()->Do(Context(), {.url = server.url(c.target), .into = std::as_writable_bytes(std::span(buffer))});
    EXPECT_EQ(response.status().code(), c.code) << response.status();
    EXPECT_THAT(TextOf(response), HasSubstr(std::string(c.message)));
  }
}

TEST(HttpTransportTest, TellsUnreachableServersApart) {
  uint16_t free_port = 0;
  { free_port = ScriptedServer(Echo).port(); }
  const auto transport = NewTransport();
  const auto refused = transport->Do(Context(), {.url = fmt::format("http://127.0.0.1:{}/", free_port)});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(TextOf(refused), HasSubstr("Connection refused"));
  const auto unknown = transport->Do(Context(), {.url = "http://no-such-host.invalid/"});
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(TextOf(unknown), HasSubstr("cannot resolve the host of no-such-host.invalid:80: check the endpoint"));
  EXPECT_TRUE(absl::IsInvalidArgument(transport->Do(Context(), {.url = "ftp://127.0.0.1/"}).status()));
}

TEST(HttpTransportTest, NamesThePhaseThatTookTooLong) {
  ScriptedServer server([](const ScriptedRequest& request) -> ScriptedReply {
    const bool begins = request.target == "/half";
    return {.bytes = begins ? "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!" : "", .then = Then::kSayNothingMore};
  });
  const auto transport = NewTransport({.response_header_timeout_ms = 50});
  auto response = transport->Do(Context(), {.url = server.url("/none")});
  EXPECT_TRUE(absl::IsDeadlineExceeded(response.status()));
  EXPECT_THAT(TextOf(response),
              HasSubstr("waiting for the answer of 127.0.0.1: took longer than 50 ms (http_config.response_header"));
  response = transport->Do(Context(), {.url = server.url("/half")});
  EXPECT_THAT(TextOf(response), HasSubstr("reading the answer of"));
  response = NewTransport()->Do(Context().WithTimeout(milliseconds(30)), {.url = server.url("/none")});
  EXPECT_TRUE(absl::IsDeadlineExceeded(response.status()));
  EXPECT_THAT(TextOf(response), HasSubstr("waiting for the answer of: the deadline of the request"));

  const std::string https = fmt::format("https://{}/", server.address());  // nobody answers the handshake
  response = NewTransport({.tls_handshake_timeout_ms = 50})->Do(Context(), {.url = https});
  EXPECT_TRUE(absl::IsDeadlineExceeded(response.status()));
  EXPECT_THAT(TextOf(response), HasSubstr("TLS handshake with 127.0.0.1: took longer than 50 ms (http_config.tls_handshake"));
}

TEST(HttpTransportTest, ACancelledCallReturnsAtOnce) {
  std::atomic<bool> asked = false;
  ScriptedServer server([&](const ScriptedRequest&) -> ScriptedReply {
    asked = true;
    return {.bytes = "", .then = Then::kSayNothingMore};
  });
  const auto transport = NewTransport();
  CancelScope scope{Context()};
  std::thread cancel([&] {
    while (!asked) std::this_thread::yield();
    scope.Cancel();
  });
  EXPECT_TRUE(absl::IsCancelled(transport->Do(scope.context(), {.url = server.url("/")}).status()));
  cancel.join();
  EXPECT_TRUE(absl::IsCancelled(transport->Do(scope.context(), {.url = server.url("/")}).status()));
  EXPECT_EQ(server.requests(), 1);
}

TEST(HttpTransportTest, ManyRequestsAreUnderWayAtOnce) {
  constexpr int kRequests = 64;
  std::atomic<int> arrived = 0;
  ScriptedServer server([&](const ScriptedRequest& request) {  // nobody is answered before all are there
    ++arrived;
    while (arrived < kRequests) std::this_thread::sleep_for(milliseconds(1));
    return Echo(request);
  });
  const auto transport = NewTransport();
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < kRequests; ++i) {
    threads.emplace_back([&, i] {
      good += TextOf(transport->Do(Context(), {.url = server.url(fmt::format("/{}", i))})) == fmt::format("GET /{} x= ", i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, kRequests);
}

TEST(HttpTransportTest, KeepsToTheLimitOfConnections) {
  std::atomic<int> at_once = 0, at_once_max = 0;
  ScriptedServer server([&](const ScriptedRequest& request) {
    const int now = ++at_once;
    int seen = at_once_max;
    while (now > seen && !at_once_max.compare_exchange_weak(seen, now)) continue;
    std::this_thread::sleep_for(milliseconds(1));
    --at_once;
    return Echo(request);
  });
  const auto transport = NewTransport({.max_conns_per_host = 3});
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 10; ++k) EXPECT_TRUE(transport->Do(Context(), {.url = server.url("/")}).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(at_once_max, 3);
}

TEST(HttpTransportTest, TrustsWhomItIsTold) {
  const TestCertificates certificates, others;
  ScriptedServer server(Echo, &certificates);
  const auto ask = [&](TlsClientConfig tls, std::string url) { return NewTransport({.tls = tls})->Do(Context(), {.url = url}); };
  EXPECT_EQ(TextOf(ask({.ca_file = certificates.ca_file()}, server.url("/o"))), "GET /o x= ");
  EXPECT_EQ(TextOf(ask({.insecure_skip_verify = true}, server.url("/o"))), "GET /o x= ");
  EXPECT_EQ(TextOf(ask({.ca_file = certificates.ca_file(), .server_name = "varve.test"}, server.url("/o?a=b"))),
            "GET /o?a=b x= ");
  for (const TlsClientConfig& tls : {TlsClientConfig{}, TlsClientConfig{.ca_file = others.ca_file()}}) {
    const auto refused = ask(tls, server.url("/o"));
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(TextOf(refused), HasSubstr("is not trusted"));
    EXPECT_THAT(TextOf(refused), HasSubstr("http_config.tls_config.ca_file"));
  }
  const auto named = ask({.ca_file = certificates.ca_file(), .server_name = "other.test"}, server.url("/o"));
  EXPECT_THAT(TextOf(named), HasSubstr("http_config.tls_config.server_name"));

  ScriptedServer plain(
      [](const ScriptedRequest&) -> ScriptedReply { return {.bytes = HttpAnswer(400, "what?"), .then = Then::kHangUp}; });
  const auto wrong_scheme = ask({}, fmt::format("https://{}/", plain.address()));
  EXPECT_EQ(wrong_scheme.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(TextOf(wrong_scheme), HasSubstr("for plain HTTP set `insecure: true`"));
}

TEST(ObjstoreHttpConfigTest, ReadsThanosKeys) {
  const auto config = ReadObjstoreHttpConfig(YamlNode::Parse(R"(
idle_conn_timeout: 1m30s
response_header_timeout: 2m
insecure_skip_verify: true
tls_handshake_timeout: 10s
expect_continue_timeout: 1s
max_idle_conns: 7
max_idle_conns_per_host: 8
max_conns_per_host: 9
tls_config: {server_name: s3.local}
disable_compression: true
proxy_url: http://proxy:3128
)")
                                                 .value(),
                                             "http_config");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->idle_conn_timeout_ms, 90'000);
  EXPECT_EQ(config->response_header_timeout_ms, 120'000);
  EXPECT_TRUE(config->tls.insecure_skip_verify);
  EXPECT_EQ(config->tls.server_name, "s3.local");
  EXPECT_EQ(config->max_conns_per_host, 9);
  EXPECT_EQ(config->proxy_url, "http://proxy:3128");
  for (const std::string_view bad : {"{max_idle_conn: 7}", "{tls_config: {ca: x}}", "{tls_config: {ca_file: /absent/ca}}",
                                     "{idle_conn_timeout: fast}", "{max_conns_per_host: -1}"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ReadObjstoreHttpConfig(YamlNode::Parse(bad).value(), "http_config").status())) << bad;
  }
}

}  // namespace
}  // namespace varve
