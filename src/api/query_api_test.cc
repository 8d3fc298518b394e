// The API as a client sees it: a real server, a real engine, samples in memory.
#include "api/query_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "api/testing/fake_sources.h"
#include "base/errors.h"
#include "base/json_value.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/testing/raw_client.h"

namespace varve {
namespace {

using testing::HasSubstr;

class QueryApiTest : public testing::Test {
 protected:
  QueryApiTest() {
    for (int t = 0; t <= 600; t += 15) {
      sources_.source.Append(Labels{{"__name__", "requests_total"}, {"job", "a"}}, t * 1'000, t * 2.0);
      sources_.source.Append(Labels{{"__name__", "requests_total"}, {"job", "b"}}, t * 1'000, t * 0.5);
    }
    config_.replica_labels = {"replica"};
    config_.flags = {{"query.timeout", "2m"}, {"http-address", "0.0.0.0:10902"}};
    config_.version = "1.2.3";
    config_.per_step_stats = true;
  }

  void SetUp() override {
    api_ = std::make_unique<QueryApi>(config_, QueryApi::Parts{engine_, sources_, gate_, {}, clock_});
    HttpRouter router("/thanos");
    api_->AddTo(router);
    server_ = HttpServer::Start({.address = "127.0.0.1:0"}, std::move(router), executor_, Logger()).value();
    client_ = HttpClient::Make({}).value();
  }

  HttpClientResponse Get(std::string_view path, const UrlParams& params = {}) {
    const std::string url = fmt::format("http://127.0.0.1:{}/thanos{}?{}", server_->port(), path, params.Encode());
    const auto response = client_->Do(Context(), {.url = url});
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : HttpClientResponse();
  }
  HttpClientResponse Post(std::string_view path, const UrlParams& params) {
    HttpClientRequest request{
        .method = "POST", .url = fmt::format("http://127.0.0.1:{}/thanos{}", server_->port(), path), .body = params.Encode()};
    request.headers.Add("Content-Type", "application/x-www-form-urlencoded");
    return client_->Do(Context(), request).value();
  }
  static UrlParams Params(std::initializer_list<std::pair<std::string, std::string>> pairs) {
    UrlParams params;
    for (const auto& [name, value] : pairs) params.Add(name, value);
    return params;
  }

  Executor executor_{"api", 4};
  MetricsRegistry registry_;
  promql::Engine engine_{promql::EngineOptions()};
  FakeSources sources_;
  Gate gate_{registry_, "thanos_query_concurrent_", 20};
  QueryApiConfig config_;
  FakeClock clock_{600'000};
  std::unique_ptr<QueryApi> api_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpClient> client_;
};

TEST_F(QueryApiTest, InstantQuery) {
  constexpr std::string_view kAnswer =
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"job":"a"},"value":[600,"2"]},{"metric":{"job":"b"},"value":[600,"0.5"]}]}})";
  const UrlParams params = Params({{"query", "sum by (job) (requests_total) / 600"}});
  EXPECT_EQ(Get("/api/v1/query", params).body, kAnswer);
  const HttpClientResponse posted = Post("/api/v1/query", params);
  EXPECT_EQ(posted.body, kAnswer);
  EXPECT_EQ(posted.headers.Get("Content-Type"), "application/json");
  EXPECT_EQ(posted.headers.Get("Access-Control-Allow-Origin"), "*");
  EXPECT_FALSE(posted.headers.Has("Cache-Control"));
  EXPECT_EQ(Get("/api/v1/query", Params({{"query", "1+1"}, {"time", "3.5"}})).body,
            R"({"status":"success","data":{"resultType":"scalar","result":[3.5,"2"]}})");
  EXPECT_EQ(Get("/api/v1/query", Params({{"query", "\"text\""}, {"time", "3"}})).body,
            R"({"status":"success","data":{"resultType":"string","result":[3,"text"]}})");
  EXPECT_EQ(Get("/api/v1/query", Params({{"query", "requests_total{job=\"b\"}[30s]"}, {"time", "100"}})).body,
            R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"requests_total","job":"b"},)"
            R"("values":[[75,"37.5"],[90,"45"]]}]}})");
}

TEST_F(QueryApiTest, RangeQuery) {
  EXPECT_EQ(
      Get("/api/v1/query_range", Params({{"query", "requests_total{job=\"a\"}"}, {"start", "0"}, {"end", "30"}, {"step", "15"}}))
          .body,
      R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"requests_total","job":"a"},)"
      R"("values":[[0,"0"],[15,"30"],[30,"60"]]}]}})");
  EXPECT_EQ(Post("/api/v1/query_range", Params({{"query", "absent"}, {"start", "0"}, {"end", "30"}, {"step", "15"}})).body,
            R"({"status":"success","data":{"resultType":"matrix","result":[]}})");
}

TEST_F(QueryApiTest, LimitAndStatistics) {
  EXPECT_EQ(
      Get("/api/v1/query", Params({{"query", "requests_total"}, {"time", "0"}, {"limit", "1"}})).body,
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"requests_total","job":"a"},"value":[0,"0"]}]},)"
      R"("warnings":["results truncated due to limit"]})");
  const auto json =
      JsonValue::Parse(Get("/api/v1/query", Params({{"query", "requests_total"}, {"time", "0"}, {"stats", "all"}})).body).value();
  EXPECT_EQ(json["data"]["stats"]["samples"]["totalQueryableSamples"].IntOr(-1), 2);
  EXPECT_TRUE(json["data"]["stats"]["timings"]["evalTotalTime"].is_number());
}

// As Prometheus 3.14 writes them.
TEST_F(QueryApiTest, StatisticsByStep) {
  const auto ask = [&](std::string stats) {
    const UrlParams params = Params({{"query", "sum_over_time(requests_total{job=\"a\"}[1m])"},
                                     {"start", "60"},
                                     {"end", "90.5"},
                                     {"step", "30"},
                                     {"stats", std::move(stats)}});
    return Get("/api/v1/query_range", params).body;
  };
  EXPECT_THAT(ask("all"), HasSubstr(R"("samples":{"totalQueryableSamplesPerStep":[[60,4],[90,4]],"totalQueryableSamples":8,)"
                                    R"("samplesReadPerStep":[[60,4],[90,2]],"samplesRead":6,"peakSamples":)"));
  EXPECT_THAT(ask("true"), HasSubstr(R"("samples":{"totalQueryableSamples":8,"samplesRead":6,"peakSamples":)"));
  EXPECT_THAT(ask("some"),
              HasSubstr(R"js("warnings":["value \"some\" for parameter \"stats\" is deprecated and will be rejected )js"
                        R"js(in the next major release, use \"true\" or \"all\""])js"));
  EXPECT_THAT(ask(""), testing::Not(HasSubstr("stats")));
}

TEST_F(QueryApiTest, ExplainsAQueryWithoutRunningIt) {
  constexpr std::string_view kTree =
      R"json({"status":"success","data":{"name":"parallel sum by (job)","children":[)json"
      R"json({"name":"scan {__name__=\"requests_total\"}: rate over 5m, vector * scalar"}],"rewrites":[)json"
      R"json({"name":"constant-folding","count":1},{"name":"label-projection","count":1},)json"
      R"json({"name":"parallel-aggregation","count":1}]}})json";
  const std::string query = "sum by (job) (rate(requests_total[5m]) * (60 * 60))";
  sources_.source.set_failure(Internal("read"));
  EXPECT_EQ(Get("/api/v1/query_explain", Params({{"query", query}, {"engine", "thanos"}})).body, kTree);
  EXPECT_EQ(Post("/api/v1/query_range_explain", Params({{"query", query}, {"start", "0"}, {"end", "60"}, {"step", "15"}})).body,
            kTree);
  EXPECT_EQ(Get("/api/v1/query_explain", Params({{"query", "requests_total[5m]"}})).body,
            R"({"status":"success","data":{"name":"samples of {__name__=\"requests_total\"}","rewrites":[]}})");
  EXPECT_EQ(Get("/api/v1/query_explain", Params({{"query", "("}})).status, 400);
  EXPECT_EQ(Get("/api/v1/query_range_explain", Params({{"query", "1"}, {"start", "0"}, {"end", "60"}, {"step", "0"}})).status,
            400);
}

TEST_F(QueryApiTest, AnalyzesWhatEachOperatorDid) {
  const UrlParams params = Params({{"query", "sum(requests_total)"}, {"time", "600"}, {"analyze", "true"}});
  const auto json = JsonValue::Parse(Get("/api/v1/query", params).body).value();
  const JsonValue& root = json["data"]["analysis"];
  EXPECT_EQ(root["name"].StringOr(""), "parallel sum ");
  EXPECT_EQ(root["totalSamples"].IntOr(0), 40);
  EXPECT_GT(root["peakSamples"].IntOr(0), 0);
  EXPECT_EQ(root["series"].IntOr(0), 1);
  const JsonValue& scan = root["children"].array().at(0);
  EXPECT_EQ(scan["series"].IntOr(0), 2);
  EXPECT_EQ(scan["samples"].IntOr(0), 2);
  EXPECT_EQ(scan["totalSamples"].IntOr(0), 40);
  EXPECT_GT(scan["bytes"].IntOr(0), 0);
  EXPECT_NE(scan["executionTime"].StringOr(""), "");
  EXPECT_FALSE(JsonValue::Parse(Get("/api/v1/query", Params({{"query", "1"}})).body).value()["data"]["analysis"].is_object());
}

TEST_F(QueryApiTest, AQueryEndsWhenItsClientHangsUp) {
  std::promise<void> waiting, cancelled;
  sources_.on_select = [&](const Context& ctx) {
    waiting.set_value();
    while (ctx.Check().ok()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    cancelled.set_value();
    return ctx.Check();
  };
  RawClient client(server_->port());
  client.Send("GET /thanos/api/v1/query?query=requests_total HTTP/1.1\r\nHost: x\r\n\r\n");
  waiting.get_future().wait();
  client.Close();
  EXPECT_EQ(cancelled.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
}

TEST_F(QueryApiTest, AQueryAtItsLimitIsLogged) {
  std::vector<std::string> lines;
  const Logger log(LogLevel::kInfo, LogFormat::kLogfmt, [&](std::string_view line) { lines.emplace_back(line); });
  promql::EngineOptions options;
  options.memory_bytes_max = 10;
  const promql::Engine engine(options);
  const QueryRunner runner({.engine = engine, .sources = sources_, .gate = gate_, .log = &log}, config_);
  QueryParams params;
  params.query = "requests_total * 2";
  params.start = params.end = 600'000;
  EXPECT_TRUE(absl::IsResourceExhausted(runner.Run(Context(), params).status()));
  EXPECT_THAT(lines, testing::ElementsAre(testing::AllOf(HasSubstr("level=warn"), HasSubstr("requests_total * 2"))));
}

TEST_F(QueryApiTest, ErrorsHaveTypeAndStatus) {
  struct Case {
    std::string path;
    UrlParams params;
    int status;
    std::string type, text;
  };
  const Case cases[] = {
      {"/api/v1/query", Params({{"query", "up("}}), 400, "bad_data",
       "invalid parameter \"query\": 1:4: parse error: unclosed left parenthesis"},
      {"/api/v1/query", Params({{"query", "up"}, {"time", "x"}}), 400, "bad_data",
       "invalid parameter \"time\": invalid time value for 'time': cannot parse \"x\" to a valid timestamp"},
      {"/api/v1/query_range", Params({{"query", "up"}, {"start", "x"}}), 400, "bad_data",
       "invalid parameter \"start\": cannot parse \"x\" to a valid timestamp"},
      {"/api/v1/query_range", Params({{"query", "up[5m]"}, {"start", "0"}, {"end", "1"}, {"step", "1"}}), 400, "bad_data",
       "invalid parameter \"query\": invalid expression type \"range vector\" for range query, must be Scalar or instant Vector"},
      {"/api/v1/query", Params({{"query", "requests_total * on() requests_total"}}), 422, "execution",
       "many-to-many matching not allowed"},
      {"/api/v1/query", Params({{"query", "requests_total"}, {"timeout", "0.000000001"}}), 503, "timeout", ""},
      {"/api/v1/format_query", Params({{"query", "("}}), 400, "bad_data", "invalid parameter \"query\""},
  };
  for (const Case& c : cases) {
    const HttpClientResponse response = Get(c.path, c.params);
    EXPECT_EQ(response.status, c.status) << response.body;
    EXPECT_EQ(response.headers.Get("Cache-Control"), "no-store");
    const auto json = JsonValue::Parse(response.body).value();
    EXPECT_EQ(json["status"].StringOr(""), "error");
    EXPECT_EQ(json["errorType"].StringOr(""), c.type) << response.body;
    EXPECT_THAT(std::string(json["error"].StringOr("")), HasSubstr(c.text));
  }
}

TEST_F(QueryApiTest, PassesThanosParametersToTheSource) {
  Get("/api/v1/query",
      Params({{"query", "up"}, {"dedup", "false"}, {"max_source_resolution", "1h"}, {"partial_response", "false"}}));
  EXPECT_FALSE(sources_.last_options().deduplicate);
  EXPECT_FALSE(sources_.last_options().partial_response);
  EXPECT_EQ(sources_.last_options().max_source_resolution_ms, 3'600'000);
  EXPECT_THAT(sources_.last_options().replica_labels, testing::ElementsAre("replica"));
}

TEST_F(QueryApiTest, FormatsAndParses) {
  EXPECT_EQ(Get("/api/v1/format_query", Params({{"query", "sum(up)by(job)"}})).body,
            R"json({"status":"success","data":"sum by (job) (up)"})json");
  const auto tree = JsonValue::Parse(Post("/api/v1/parse_query", Params({{"query", "-up"}})).body).value();
  EXPECT_EQ(tree["data"]["type"].StringOr(""), "unaryExpr");
  EXPECT_EQ(tree["data"]["expr"]["name"].StringOr(""), "up");
}

TEST_F(QueryApiTest, LabelsStatusAndEmptyFleet) {
  EXPECT_EQ(Get("/api/v1/label/job/values").body, R"({"status":"success","data":["a","b"]})");
  EXPECT_EQ(Get("/api/v1/status/flags").body,
            R"({"status":"success","data":{"http-address":"0.0.0.0:10902","query.timeout":"2m"}})");
  EXPECT_THAT(Get("/api/v1/status/buildinfo").body, HasSubstr(R"("version":"1.2.3")"));
  const auto info = JsonValue::Parse(Get("/api/v1/status/runtimeinfo").body).value();
  EXPECT_EQ(info["data"]["startTime"].StringOr(""), "1970-01-01T00:10:00Z");
  EXPECT_GT(info["data"]["goroutineCount"].IntOr(0), 4);
  EXPECT_EQ(Get("/api/v1/stores").body, R"({"status":"success","data":{}})");
  EXPECT_EQ(Get("/api/v1/nothing").status, 404);
}

TEST_F(QueryApiTest, LargeAnswersAreStreamed) {
  for (int i = 0; i < 300; ++i) {
    for (int t = 0; t < 600; t += 5) {
      sources_.Append(Labels{{"__name__", "many"}, {"i", std::to_string(i)}}, t * 1'000, i + t * 0.1);
    }
  }
  const HttpClientResponse response =
      Get("/api/v1/query_range", Params({{"query", "many"}, {"start", "0"}, {"end", "599"}, {"step", "1"}}));
  EXPECT_EQ(response.headers.Get("Transfer-Encoding"), "chunked");
  EXPECT_EQ(response.headers.Get("Content-Encoding"), "gzip");
  const auto json = JsonValue::Parse(response.body);
  ASSERT_TRUE(json.ok()) << json.status();
  ASSERT_EQ((*json)["data"]["result"].array().size(), 300u);
  EXPECT_EQ((*json)["data"]["result"].array()[0]["values"].array().size(), 600u);
}

}  // namespace
}  // namespace varve
