#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/errors.h"
#include "net/address.h"
#include "net/gzip.h"
#include "net/http_response_encoder.h"
#include "net/probe.h"
#include "net/snappy.h"
#include "net/url.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(HostPortTest, ReadsAndWrites) {
  EXPECT_EQ(ParseHostPort("127.0.0.1:9090").value(), (HostPort{"127.0.0.1", 9090}));
  EXPECT_EQ(ParseHostPort(":9090").value(), (HostPort{"", 9090}));
  EXPECT_EQ(ParseHostPort("[::1]:443").value().ToString(), "[::1]:443");
  EXPECT_EQ(ParseHostPort("prometheus.svc", 9090).value().ToString(), "prometheus.svc:9090");
  EXPECT_EQ(ParseHostPort("[::1]", 1).value(), (HostPort{"::1", 1}));
  for (const std::string_view bad :
       {"", "host", "host:", "host:65536", "host:-1", "::1:80", "[::1", "[::1]80", "a b:1", "host:80x"}) {
    EXPECT_EQ(ParseHostPort(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(UrlTest, ReadsQueriesAsGoDoes) {
  UrlParams params;
  EXPECT_TRUE(ParseUrlQuery("match[]=up&match%5B%5D=a%2Bb+c&empty=&bare&&x=1=2", params).ok());
  EXPECT_THAT(params.GetAll("match[]"), ElementsAre("up", "a+b c"));
  EXPECT_TRUE(params.Has("bare"));
  EXPECT_EQ(params.Get("x"), "1=2");
  EXPECT_EQ(params.Encode(), "match%5B%5D=up&match%5B%5D=a%2Bb+c&empty=&bare=&x=1%3D2");
  UrlParams rest;
  EXPECT_EQ(ParseUrlQuery("a=%zz&b=2&c=%4", rest), InvalidArgument("invalid URL escape \"%zz\""));
  EXPECT_EQ(rest.Encode(), "b=2");
}

TEST(HttpRouterTest, ExactBeatsNamedAndPrefixesCount) {
  HttpRouter router("thanos/");
  const auto answer = [](int status) { return [status](const HttpRequest&) { return HttpResponse::Text(status, ""); }; };
  router.Add("GET", "/a/:x", answer(201));
  router.Add("GET", "/a/b", answer(202));
  router.Add("GET,POST", "/a/:x/c", answer(203));
  router.Add("GET", "/files/*path", answer(204));
  router.AddAtRoot("GET", "/-/ready", answer(205));
  const auto find = [&](std::string_view method, std::string_view path) {
    const HttpRouteMatch match = router.Find(method, path);
    std::string text = match.route == nullptr ? "none " + match.allowed : std::to_string(match.route->handler({}).status);
    for (const auto& [name, value] : match.path_values) text += fmt::format(" {}={}", name, value);
    return text;
  };
  EXPECT_EQ(router.prefix(), "/thanos");
  EXPECT_EQ(find("GET", "/thanos/a/z"), "201 x=z");
  EXPECT_EQ(find("GET", "/thanos/a/b"), "202");
  EXPECT_EQ(find("POST", "/thanos/a/b/c"), "203 x=b");
  EXPECT_EQ(find("GET", "/thanos/files/css/a.css"), "204 path=css/a.css");
  EXPECT_EQ(find("HEAD", "/-/ready"), "205");
  EXPECT_EQ(find("PUT", "/thanos/a/b/c"), "none GET, POST");
  EXPECT_EQ(find("GET", "/thanos/a/"), "none ");
  EXPECT_EQ(find("GET", "/a/b"), "none ");
  EXPECT_EQ(find("GET", "*"), "none ");
}

TEST(HttpResponseEncoderTest, KnowsWhoTakesGzip) {
  for (const std::string_view yes : {"gzip", "br, gzip", "GZIP;q=0.1", "*", "deflate, gzip;q=1.0"})
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  for (const std::string_view no : {"", "br", "gzip;q=0", "gzip; q=0.000", "identity"}) EXPECT_FALSE(AcceptsGzip(no)) << no;
}

TEST(HttpResponseEncoderTest, DropsHeadersThatWouldEndTheHead) {
  HttpResponse response = HttpResponse::Text(200, "ok");
  response.headers.Add("X-Evil", "a\r\nSet-Cookie: b");
  std::string wire;
  ASSERT_TRUE(HttpResponseEncoder({}, std::move(response)).Next(Context(), wire).ok());
  EXPECT_THAT(wire, testing::Not(HasSubstr("Cookie")));
}

TEST(HttpResponseEncoderTest, CompressesStreams) {
  HttpResponse response = HttpResponse::Json(200, "");
  response.next_part = [left = 50](const Context&, std::string& part) mutable -> absl::StatusOr<bool> {
    part = std::string(1000, static_cast<char>('a' + left % 26));
    return --left > 0;
  };
  HttpResponseEncoder encoder({.http_1_0 = true, .accepts_gzip = true}, std::move(response));
  std::string wire;
  while (encoder.Next(Context(), wire).value()) {
  }
  const std::string body = wire.substr(wire.find("\r\n\r\n") + 4);
  EXPECT_EQ(encoder.body_bytes(), body.size());
  EXPECT_EQ(GzipDecompress(body, 1 << 20).value().size(), 50'000u);
  EXPECT_EQ(GzipDecompress(body, 49'999).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(GzipDecompress(body.substr(0, body.size() - 1), 1 << 20).ok());
}

TEST(SnappyTest, ChecksBeforeItAllocates) {
  const std::string text(10'000, 'x');
  const std::string packed = SnappyCompress(text);
  EXPECT_EQ(SnappyDecompress(packed, 10'000).value(), text);
  EXPECT_EQ(SnappyDecompress(packed, 9'999).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(SnappyDecompress(packed.substr(0, packed.size() - 1), 10'000).ok());
  EXPECT_FALSE(SnappyDecompress("\xff\xff\xff\xff\x07", uint64_t{1} << 40).ok());  // announces 2 GiB in five bytes
  EXPECT_FALSE(SnappyDecompress("", 10).ok());
}

TEST(ProbeTest, TellsEveryone) {
  MetricsRegistry registry;
  Probe probe("store", registry, Logger(LogLevel::kError, LogFormat::kLogfmt, [](auto) {}));
  std::vector<bool> told;
  probe.OnReadyChange([&told](bool ready) { told.push_back(ready); });
  HttpRouter router("/prefix");
  AddRoleEndpoints(router, probe, registry);
  const auto get = [&router](std::string_view path) {
    const HttpResponse response = router.Find("GET", path).route->handler({});
    return fmt::format("{} {}", response.status, response.body);
  };
  EXPECT_EQ(get("/-/healthy"), "503 NOT OK\n");
  probe.SetHealthy();
  probe.SetReady();
  probe.SetReady();
  EXPECT_EQ(get("/-/healthy"), "200 OK");
  EXPECT_EQ(get("/-/ready"), "200 OK");
  EXPECT_THAT(get("/metrics"), HasSubstr("thanos_status{check=\"ready\",component=\"store\"} 1\n"));
  probe.SetNotReady(Unavailable("bucket is away"));
  EXPECT_EQ(get("/-/ready"), "503 NOT OK\n");
  EXPECT_THAT(told, ElementsAre(false, true, false));
}

}  // namespace
}  // namespace varve
