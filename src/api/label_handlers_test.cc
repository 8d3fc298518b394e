#include "api/label_handlers.h"

#include <gtest/gtest.h>

#include "api/testing/fake_sources.h"
#include "base/errors.h"

namespace varve {
namespace {

class LabelHandlersTest : public testing::Test {
 protected:
  LabelHandlersTest() {
    for (const std::string_view job : {"a", "b", "c"}) {
      sources_.source.Append(Labels{{"__name__", "up"}, {"job", job}}, 1'000, 1);
      sources_.source.Append(Labels{{"__name__", "down"}, {"job", job}, {"http.status", "x"}}, 1'000, 1);
    }
    handlers_.AddTo(router_);
  }

  std::string Get(std::string_view target) {
    HttpRequest request = FakeRequest(target);
    HttpRouteMatch match = router_.Find("GET", request.path);
    request.path_values = std::move(match.path_values);
    const HttpResponse response = match.route->handler(request);
    return fmt::format("{} {}", response.status, response.body);
  }

  FakeSources sources_;
  QueryApiConfig config_;
  FakeClock clock_{10'000};
  LabelHandlers handlers_{sources_, config_, clock_};
  HttpRouter router_;
};

TEST_F(LabelHandlersTest, Series) {
  EXPECT_EQ(Get("/api/v1/series?match[]=up{job=~\"a|b\"}"),
            R"(200 {"status":"success","data":[{"__name__":"up","job":"a"},{"__name__":"up","job":"b"}]})");
  EXPECT_EQ(Get("/api/v1/series?match[]=up{job=\"a\"}&match[]={job=\"a\"}"),
            R"(200 {"status":"success","data":[{"__name__":"down","http.status":"x","job":"a"},{"__name__":"up","job":"a"}]})");
  EXPECT_EQ(Get("/api/v1/series?match[]=absent"), R"(200 {"status":"success","data":[]})");
  EXPECT_EQ(Get("/api/v1/series?match[]=up&limit=1"),
            R"(200 {"status":"success","data":[{"__name__":"up","job":"a"}],"warnings":["results truncated due to limit"]})");
  EXPECT_EQ(
      Get("/api/v1/series?match[]=up&limit=3"),
      R"(200 {"status":"success","data":[{"__name__":"up","job":"a"},{"__name__":"up","job":"b"},{"__name__":"up","job":"c"}]})");
  EXPECT_TRUE(sources_.last_options().skip_chunks);
}

TEST_F(LabelHandlersTest, SeriesErrors) {
  EXPECT_EQ(Get("/api/v1/series"), R"(400 {"status":"error","errorType":"bad_data","error":"no match[] parameter provided"})");
  EXPECT_EQ(
      Get("/api/v1/series?match[]={}"),
      R"(400 {"status":"error","errorType":"bad_data","error":"invalid parameter \"match[]\": match[] must contain at least one non-empty matcher"})");
  EXPECT_EQ(Get("/api/v1/series?match[]=up&start=2&end=1"),
            R"(400 {"status":"error","errorType":"bad_data","error":"end timestamp must not be before start time"})");
  sources_.source.set_failure(Aborted("store x is away"));
  EXPECT_EQ(Get("/api/v1/series?match[]=up"), R"(422 {"status":"error","errorType":"execution","error":"store x is away"})");
}

TEST_F(LabelHandlersTest, NamesAndValues) {
  EXPECT_EQ(Get("/api/v1/labels"), R"(200 {"status":"success","data":["__name__","http.status","job"]})");
  EXPECT_EQ(Get("/api/v1/labels?match[]=up"), R"(200 {"status":"success","data":["__name__","job"]})");
  EXPECT_EQ(Get("/api/v1/label/job/values"), R"(200 {"status":"success","data":["a","b","c"]})");
  EXPECT_EQ(Get("/api/v1/label/job/values?match[]=up{job=\"c\"}&match[]=up{job=\"a\"}"),
            R"(200 {"status":"success","data":["a","c"]})");
  EXPECT_EQ(Get("/api/v1/label/job/values?limit=2"),
            R"(200 {"status":"success","data":["a","b"],"warnings":["results truncated due to limit"]})");
  EXPECT_EQ(Get("/api/v1/label/U__http_2e_status/values"), R"(200 {"status":"success","data":["x"]})");
  EXPECT_EQ(Get("/api/v1/label/http.status/values"), R"(200 {"status":"success","data":["x"]})");
  EXPECT_EQ(Get("/api/v1/label/%FF/values"),
            R"(400 {"status":"error","errorType":"bad_data","error":"invalid label name: \"\\xff\""})");
}

TEST_F(LabelHandlersTest, WarningsOfTheSourceForbidCaching) {
  sources_.source.set_warnings({"store x did not answer"});
  const HttpResponse response = handlers_.LabelNames(FakeRequest("/api/v1/labels"));
  EXPECT_EQ(response.headers.Get("Cache-Control"), "no-store");
  EXPECT_EQ(response.body,
            R"({"status":"success","data":["__name__","http.status","job"],"warnings":["store x did not answer"]})");
}

TEST_F(LabelHandlersTest, TenantsSeeTheirOwn) {
  config_.enforce_tenancy = true;
  config_.tenant_label = "job";
  HttpRequest request = FakeRequest("/api/v1/series?match[]=up{job=~\".*\"}");
  request.headers.Set("THANOS-TENANT", "b");
  EXPECT_EQ(handlers_.Series(request).body, R"({"status":"success","data":[{"__name__":"up","job":"b"}]})");
  request = FakeRequest("/api/v1/label/job/values");
  request.path_values = {{"name", "job"}};
  request.headers.Set("thanos-tenant", "c");
  EXPECT_EQ(handlers_.LabelValues(request).body, R"({"status":"success","data":["c"]})");
}

TEST(UnescapeLabelNameTest, UndoesOnlyWhatIsWellFormed) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"job", "job"},
      {"U__", ""},
      {"U__a__b", "a_b"},
      {"U__a_2e_b", "a.b"},
      {"U__a_2E_b", "a.b"},
      {"U___263a_", "\u263a"},
      {"U__a_2e", "U__a_2e"},
      {"U__a_zz_b", "U__a_zz_b"},
      {"U__a_d800_", "U__a_d800_"},
      {"U__a_1234567_", "U__a_1234567_"},
      {"U__a_", "U__a_"},
  };
  for (const auto& [escaped, plain] : cases) EXPECT_EQ(UnescapeLabelName(escaped), plain) << escaped;
}

}  // namespace
}  // namespace varve
