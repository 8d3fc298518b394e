#include "net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "base/errors.h"
#include "net/http_server.h"

namespace varve {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

class HttpClientTest : public testing::Test {
 protected:
  HttpClientTest() : executor_("test", 4) {
    HttpRouter router;
    router.Add("GET,POST,PUT,HEAD", "/show", [](const HttpRequest& request) {
      return HttpResponse::Text(200,
                                fmt::format("{} q={} auth={} x={} body={}", request.method, request.query.Get("q"),
                                            request.headers.Get("Authorization"), request.headers.Get("X-Test"), request.body));
    });
    router.Add("GET", "/missing", [](const HttpRequest&) { return HttpResponse::Text(404, "no such thing"); });
    router.Add("GET", "/big", [](const HttpRequest&) { return HttpResponse::Json(200, std::string(1 << 20, '1')); });
    router.Add("GET", "/moved", [](const HttpRequest&) {
      HttpResponse response;
      response.status = 302;
      response.headers.Set("Location", "/show?q=moved");
      return response;
    });
    router.Add("GET", "/hang", [this](const HttpRequest& request) {
      ++hanging_;
      while (request.context.Check().ok()) std::this_thread::sleep_for(milliseconds(1));
      return HttpResponse::Text(200, "");
    });
    router.Add("GET", "/cut", [](const HttpRequest&) {
      HttpResponse response = HttpResponse::Text(200, "");
      response.next_part = [first = true](const Context&, std::string& part) mutable -> absl::StatusOr<bool> {
        if (!std::exchange(first, false)) return DataLoss("cut");
        part = "half";
        return true;
      };
      return response;
    });
    const Logger quiet(LogLevel::kError, LogFormat::kLogfmt, [](auto) {});
    server_ = HttpServer::Start({.address = "127.0.0.1:0"}, std::move(router), executor_, quiet).value();
  }

  std::string Url(std::string_view path) const { return fmt::format("http://127.0.0.1:{}{}", server_->port(), path); }
  static std::unique_ptr<HttpClient> Client(HttpClientConfig config = {}) { return HttpClient::Make(std::move(config)).value(); }
  static std::string Body(absl::StatusOr<HttpClientResponse> response) {
    return response.ok() ? response->body : std::string(Message(response.status()));
  }

  Executor executor_;
  std::atomic<int> hanging_{0};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpClientTest, SendsMethodHeadersAndBody) {
  const auto client = Client();
  HttpClientRequest request{.url = Url("/show?q=a+b")};
  request.headers.Add("X-Test", "1");
  EXPECT_EQ(Body(client->Do(Context(), request)), "GET q=a b auth= x=1 body=");
  request.method = "POST";
  request.body = "hello";
  EXPECT_EQ(Body(client->Do(Context(), request)), "POST q=a b auth= x=1 body=hello");
  request.method = "PUT";
  EXPECT_EQ(Body(client->Do(Context(), request)), "PUT q=a b auth= x=1 body=hello");
  request.method = "HEAD";
  EXPECT_EQ(Body(client->Do(Context(), request)), "");
  EXPECT_EQ(Body(client->Do(Context(), {.url = Url("/moved")})), "GET q=moved auth= x= body=");
}

TEST_F(HttpClientTest, AnyStatusIsAnAnswer) {
  const auto response = Client()->Do(Context(), {.url = Url("/missing")});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body, "no such thing");
  EXPECT_EQ(response->headers.Get("content-type"), "text/plain; charset=utf-8");
}

TEST_F(HttpClientTest, ShowsWhoWeAre) {
  EXPECT_THAT(Body(Client({.basic_username = "me", .basic_password = "pw"})->Do(Context(), {.url = Url("/show")})),
              HasSubstr("auth=Basic bWU6cHc="));
  EXPECT_THAT(Body(Client({.bearer_token = "tok"})->Do(Context(), {.url = Url("/show")})), HasSubstr("auth=Bearer tok"));
  const std::string file = testing::TempDir() + "/token";
  const auto client = Client({.bearer_token_file = file});
  for (const std::string_view token : {"one", "two"}) {  // read anew for each request
    std::ofstream(file) << token << "\n";
    EXPECT_THAT(Body(client->Do(Context(), {.url = Url("/show")})), HasSubstr(fmt::format("auth=Bearer {}", token)));
  }
}

TEST_F(HttpClientTest, UnpacksAndLimitsBodies) {
  const auto client = Client();
  EXPECT_EQ(Body(client->Do(Context(), {.url = Url("/big")})).size(), 1u << 20);
  const auto response = client->Do(Context(), {.url = Url("/big?secret=1"), .response_bytes_max = 1000});
  EXPECT_EQ(response.status(), ResourceExhausted("GET {}: the answer is longer than 1000 bytes", Url("/big")));
}

TEST_F(HttpClientTest, StreamsGoodAnswersAlone) {
  const auto client = Client();
  std::string got;
  const auto sink = [&got](std::string_view bytes) {
    got += bytes;
    return absl::OkStatus();
  };
  auto response = client->DoStreaming(Context(), {.url = Url("/big")}, sink);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(got.size(), 1u << 20);
  EXPECT_EQ(response->body, "");
  got.clear();
  response = client->DoStreaming(Context(), {.url = Url("/missing")}, sink);
  EXPECT_EQ(got, "");
  EXPECT_EQ(response->body, "no such thing");
  response = client->DoStreaming(Context(), {.url = Url("/big")}, [](std::string_view) { return DataLoss("bad frame"); });
  EXPECT_EQ(response.status(), DataLoss("GET {}: bad frame", Url("/big")));
}

TEST_F(HttpClientTest, EndsWithItsContext) {
  const auto client = Client();
  EXPECT_EQ(client->Do(Context().WithTimeout(milliseconds(20)), {.url = Url("/hang")}).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  hanging_ = 0;
  CancelScope scope{Context()};
  std::thread cancel([&] {
    while (hanging_ == 0) std::this_thread::sleep_for(milliseconds(1));
    scope.Cancel();
  });
  EXPECT_EQ(client->Do(scope.context(), {.url = Url("/hang")}).status().code(), absl::StatusCode::kCancelled);
  cancel.join();
}

TEST_F(HttpClientTest, ABrokenAnswerIsAnError) {
  EXPECT_EQ(Client()->Do(Context(), {.url = Url("/cut")}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Client()->Do(Context(), {.url = "nonsense://x"}).status().code(), absl::StatusCode::kInvalidArgument);
  const std::string url = Url("/show");
  server_->Stop(milliseconds(0));
  EXPECT_EQ(Client()->Do(Context(), {.url = url}).status().code(), absl::StatusCode::kUnavailable);
}

TEST(HttpClientConfigTest, ReadsThanosYaml) {
  const auto config = ParseHttpClientConfig(R"(
basic_auth: {username: u, password_file: /p}
proxy_url: http://proxy:3128
tls_config: {ca_file: /ca, server_name: prom, insecure_skip_verify: true}
transport_config: {max_idle_conns: 7, idle_conn_timeout: 5000000000, dialer_timeout: 2s, disable_compression: true}
some_future_key: 1
)");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->basic_username, "u");
  EXPECT_EQ(config->basic_password_file, "/p");
  EXPECT_EQ(config->proxy_url, "http://proxy:3128");
  EXPECT_EQ(config->tls.server_name, "prom");
  EXPECT_TRUE(config->tls.insecure_skip_verify);
  EXPECT_EQ(config->idle_connections_max, 7);
  EXPECT_EQ(config->idle_timeout_ms, 5000);
  EXPECT_EQ(config->connect_timeout_ms, 2000);
  EXPECT_FALSE(config->compression);
  EXPECT_FALSE(ParseHttpClientConfig("{basic_auth: {username: u}, bearer_token: t}").ok());
  EXPECT_FALSE(ReadHttpClientConfig(YamlNode::Parse("{bearer_tokn: t}").value(), "http_config", true).ok());
}

}  // namespace
}  // namespace varve
