#include "net/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "base/errors.h"
#include "net/gzip.h"
#include "net/testing/raw_client.h"

namespace varve {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// A server with a few handlers that show what they were given.
class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest() : executor_("test", 4), metrics_(registry_) {
    options_.address = "127.0.0.1:0";
    options_.metrics = &metrics_;
    router_.Add("GET,POST", "/echo",
                [](const HttpRequest& request) {
                  std::string text = request.method + " " + request.path;
                  for (const auto& [name, value] : request.form.pairs()) text += fmt::format(" {}={}", name, value);
                  if (!request.form_error.ok()) text += fmt::format(" error: {}", Message(request.form_error));
                  return HttpResponse::Text(200, text);
                },
                {.name = "echo", .cors = true});
    router_.Add("GET", "/label/:name/values",
                [](const HttpRequest& request) { return HttpResponse::Text(200, std::string(request.PathValue("name"))); });
    router_.Add("POST", "/size",
                [](const HttpRequest& request) { return HttpResponse::Text(200, std::to_string(request.body.size())); },
                {.body_bytes_max = 1000});
    router_.Add("GET", "/throw", [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("boom"); });
    router_.Add("GET", "/json", [](const HttpRequest&) { return HttpResponse::Json(200, std::string(100'000, '7')); });
    router_.Add("GET", "/parts", [](const HttpRequest&) {
      HttpResponse response = HttpResponse::Text(200, "");
      response.next_part = [left = 3](const Context&, std::string& part) mutable -> absl::StatusOr<bool> {
        part = fmt::format("part {};", left);
        return --left > 0;
      };
      return response;
    });
    router_.Add("GET", "/broken", [](const HttpRequest&) {
      HttpResponse response = HttpResponse::Text(200, "");
      response.next_part = [first = true](const Context&, std::string& part) mutable -> absl::StatusOr<bool> {
        if (!std::exchange(first, false)) return DataLoss("bad bytes");
        part = "good;";
        return true;
      };
      return response;
    });
    router_.Add("GET", "/wait", [this](const HttpRequest& request) {
      ++waiting_;
      while (request.context.Check().ok() && !release_) std::this_thread::sleep_for(milliseconds(1));
      if (!request.context.Check().ok()) ++cancelled_;
      return HttpResponse::Text(200, "done");
    });
  }

  void SetUp() override { Start(); }

  void Start() {
    auto server =
        HttpServer::Start(options_, std::move(router_), executor_, Logger(LogLevel::kError, LogFormat::kLogfmt, [](auto) {}));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  static void WaitFor(const std::atomic<int>& count) {
    while (count == 0) std::this_thread::sleep_for(milliseconds(1));
  }

  std::string Get(std::string_view target, std::string_view extra_headers = "") {
    return RawGet(server_->port(), target, extra_headers);
  }

  HttpServerOptions options_;
  HttpRouter router_;
  Executor executor_;
  MetricsRegistry registry_;
  HttpMetrics metrics_;
  std::atomic<int> waiting_{0};
  std::atomic<int> cancelled_{0};
  std::atomic<bool> release_{false};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersAGetWithHeadAndBody) {
  const std::string answer = Get("/echo?a=1&b=x+y%21");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 20\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nDate: "));
  EXPECT_THAT(answer, HasSubstr("\r\nAccess-Control-Allow-Origin: *\r\n"));
  EXPECT_EQ(BodyOf(answer), "GET /echo a=1 b=x y!");
}

TEST_F(HttpServerTest, PutsParametersOfTheBodyBeforeThoseOfTheUrl) {
  RawClient client(server_->port());
  client.Send(
      "POST /echo?q=url HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
      "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\nContent-Length: 14\r\n\r\nq=body&r=%41;b");
  EXPECT_EQ(BodyOf(client.ReadAll()), "POST /echo q=body q=url error: invalid semicolon separator in query");
}

TEST_F(HttpServerTest, KeepsTheConnectionAndTakesPipelinedRequests) {
  RawClient client(server_->port());
  client.Send("GET /echo?n=1 HTTP/1.1\r\nHost: x\r\n\r\nGET /echo?n=2 HTTP/1.1\r\nHost: x\r\n\r\n");
  client.ReadUntil("n=1");
  client.ReadUntil("n=2");
  client.Send("GET /echo?n=3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), EndsWith("GET /echo n=3"));
}

TEST_F(HttpServerTest, SendsHeadersOnlyForHead) {
  RawClient client(server_->port());
  client.Send("HEAD /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string answer = client.ReadAll();
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 10\r\n"));
  EXPECT_EQ(BodyOf(answer), "");
}

TEST_F(HttpServerTest, RefusesWhatItDoesNotServe) {
  struct Case {
    std::string request;
    std::string answer_start;
  };
  const Case cases[] = {
      {"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 404 Not Found\r\n"},
      {"DELETE /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 405 Method Not Allowed\r\n"},
      {"OPTIONS /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 204 No Content\r\n"},
      {"hello\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n"},
      {"GET /echo HTTP/1.1\r\nbad header\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n"},
      {"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n"},
      {"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "HTTP/1.1 400 Bad Request\r\n"},
      {"POST /size HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 400 Bad Request\r\n"},
      {"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n", "HTTP/1.1 413 Request Entity Too Large\r\n"},
      {"POST /size HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" + std::string(0x800, 'x') + "\r\n0\r\n\r\n",
       "HTTP/1.1 413 Request Entity Too Large\r\n"},
      {"GET /echo HTTP/1.1\r\nX: " + std::string(2 << 20, 'x') + "\r\n\r\n", "HTTP/1.1 431 Request Header Fields Too Large\r\n"},
      {"GET /throw HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 500 Internal Server Error\r\n"},
  };
  for (const Case& c : cases) {
    RawClient client(server_->port());
    client.Send(c.request);
    EXPECT_THAT(client.ReadAll(), StartsWith(c.answer_start)) << c.request.substr(0, 100);
  }
  EXPECT_THAT(Get("/echo"), HasSubstr("200 OK"));  // and lives on
}

TEST_F(HttpServerTest, ReadsChunkedBodiesAndAnswersExpect) {
  RawClient client(server_->port());
  client.Send(
      "POST /size HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("5\r\nhello\r\n");
  client.Send("a\r\n0123456789\r\n0\r\n\r\n");
  EXPECT_EQ(BodyOf(client.ReadAll()), "15");
}

TEST_F(HttpServerTest, DecodesPathValuesAfterSplitting) {
  EXPECT_EQ(BodyOf(Get("/label/a%2Fb%20c/values")), "a/b c");
  EXPECT_THAT(Get("/label/a/b/values"), HasSubstr("404"));
  EXPECT_THAT(Get("/label/%zz/values"), HasSubstr("404"));
  EXPECT_EQ(BodyOf(Get("http://host:1/label/job/values")), "job");
}

TEST_F(HttpServerTest, CompressesForWhoAsks) {
  const std::string plain = Get("/json");
  EXPECT_THAT(plain, HasSubstr("\r\nVary: Accept-Encoding\r\n"));
  EXPECT_THAT(plain, Not(HasSubstr("Content-Encoding")));
  EXPECT_EQ(BodyOf(plain).size(), 100'000u);
  const std::string packed = Get("/json", "Accept-Encoding: br, gzip;q=0.5\r\n");
  EXPECT_THAT(packed, HasSubstr("\r\nContent-Encoding: gzip\r\n"));
  EXPECT_LT(packed.size(), 2000u);
  const absl::StatusOr<std::string> body = GzipDecompress(BodyOf(packed), 1 << 20);
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(*body, BodyOf(plain));
}

TEST_F(HttpServerTest, StreamsPartsAsChunksOrUntilTheEnd) {
  EXPECT_EQ(BodyOf(Get("/parts")), "7\r\npart 3;\r\n7\r\npart 2;\r\n7\r\npart 1;\r\n0\r\n\r\n");
  RawClient old(server_->port());
  old.Send("GET /parts HTTP/1.0\r\n\r\n");
  EXPECT_EQ(BodyOf(old.ReadAll()), "part 3;part 2;part 1;");
}

TEST_F(HttpServerTest, ABrokenStreamHasNoEnd) {
  const std::string answer = Get("/broken");
  EXPECT_THAT(answer, EndsWith("5\r\ngood;\r\n"));
}

TEST_F(HttpServerTest, ADisconnectStopsTheContext) {
  RawClient client(server_->port());
  client.Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  WaitFor(waiting_);
  client.Close();
  WaitFor(cancelled_);
}

TEST_F(HttpServerTest, StopLetsRequestsFinish) {
  RawClient idle(server_->port());
  RawClient busy(server_->port());
  busy.Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  WaitFor(waiting_);
  std::future<void> stop = std::async(std::launch::async, [&] { server_->Stop(seconds(60)); });
  EXPECT_EQ(idle.ReadAll(), "");  // closed at once
  EXPECT_EQ(stop.wait_for(milliseconds(20)), std::future_status::timeout);
  release_ = true;
  EXPECT_THAT(busy.ReadAll(), AllOf(HasSubstr("Connection: close"), EndsWith("done")));
  stop.get();
  EXPECT_EQ(cancelled_, 0);
}

TEST_F(HttpServerTest, StopWithoutPatienceCancels) {
  RawClient busy(server_->port());
  busy.Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  WaitFor(waiting_);
  server_->Stop(milliseconds(0));
  EXPECT_EQ(cancelled_, 1);
}

TEST_F(HttpServerTest, CountsRequests) {
  Get("/echo");
  Get("/echo");
  Get("/label/a/values");  // has no name
  server_->Stop(seconds(60));
  const std::string text = MetricsAsText(registry_);
  EXPECT_THAT(text, HasSubstr("http_requests_total{code=\"200\",handler=\"echo\",method=\"get\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("http_request_duration_seconds_count{code=\"200\",handler=\"echo\",method=\"get\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("http_response_size_bytes_sum{code=\"200\",handler=\"echo\",method=\"get\"} 18\n"));
  EXPECT_THAT(text, HasSubstr("http_inflight_requests{handler=\"echo\",method=\"GET\"} 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("handler=\"\"")));
}

TEST_F(HttpServerTest, ABusyAddressIsAnError) {
  options_.address = fmt::format("127.0.0.1:{}", server_->port());
  const auto second = HttpServer::Start(options_, HttpRouter(), executor_, Logger());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(Message(second.status())), AllOf(HasSubstr(options_.address), HasSubstr("in use")));
}

class ImpatientHttpServerTest : public HttpServerTest {
 protected:
  void SetUp() override {
    options_.header_timeout = milliseconds(50);
    options_.idle_timeout = milliseconds(50);
    options_.stall_timeout = milliseconds(50);
    Start();
  }
};

TEST_F(ImpatientHttpServerTest, HangsUpOnSlowClients) {
  for (const std::string_view bytes : {"", "GET /echo HTT", "POST /size HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc"}) {
    RawClient client(server_->port());
    client.Send(bytes);
    EXPECT_EQ(client.ReadAll(), "") << bytes;  // returns when the server hangs up
  }
}

TEST_F(ImpatientHttpServerTest, WaitsForItsOwnHandlers) {
  RawClient client(server_->port());
  client.Send("GET /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  WaitFor(waiting_);
  std::this_thread::sleep_for(milliseconds(120));
  release_ = true;
  EXPECT_THAT(client.ReadAll(), EndsWith("done"));
}

}  // namespace
}  // namespace varve
