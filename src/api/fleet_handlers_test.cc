#include "api/fleet_handlers.h"

#include <gtest/gtest.h>

#include "api/testing/fake_sources.h"
#include "base/errors.h"

namespace varve {
namespace {

void Add(thanos::ZLabelSet* set, std::string name, std::string value) {
  thanos::Label* label = set->add_labels();
  label->set_name(std::move(name));
  label->set_value(std::move(value));
}

class FakeFleet : public RulesProvider,
                  public TargetsProvider,
                  public MetadataProvider,
                  public ExemplarsProvider,
                  public EndpointStatusProvider,
                  public StatisticsProvider {
 public:
  absl::StatusOr<Provided<thanos::RuleGroups>> Rules(const Context&, const thanos::RulesRequest& request) override {
    rules_request = request;
    if (!failure.ok()) return failure;
    Provided<thanos::RuleGroups> answer;
    thanos::RuleGroup* group = answer.data.add_groups();
    group->set_name("g");
    group->set_file("/f.yaml");
    group->set_interval(60);
    group->mutable_last_evaluation()->set_seconds(1'433'337'718);
    group->mutable_last_evaluation()->set_nanos(5'000);
    thanos::Alert* alert = group->add_rules()->mutable_alert();
    alert->set_state(thanos::FIRING);
    alert->set_name("Down");
    alert->set_query("up == 0");
    alert->set_duration_seconds(300);
    Add(alert->mutable_labels(), "severity", "page");
    alert->set_health("ok");
    thanos::AlertInstance* instance = alert->add_alerts();
    Add(instance->mutable_labels(), "alertname", "Down");
    instance->set_state(thanos::FIRING);
    instance->set_value("1e+00");
    instance->mutable_active_at()->set_seconds(1'433'337'718);
    instance->set_partial_response_strategy(thanos::ABORT);
    thanos::RecordingRule* recording = group->add_rules()->mutable_recording();
    recording->set_name("job:up:sum");
    recording->set_query("sum by (job) (up)");
    recording->set_health("err");
    recording->set_last_error("boom");
    recording->set_evaluation_duration_seconds(0.25);
    return answer;
  }
  absl::StatusOr<Provided<thanos::TargetDiscovery>> Targets(const Context&, const thanos::TargetsRequest& request) override {
    targets_request = request;
    Provided<thanos::TargetDiscovery> answer;
    thanos::ActiveTarget* target = answer.data.add_active_targets();
    Add(target->mutable_labels(), "job", "x");
    target->set_scrape_url("http://x/metrics");
    target->set_health(thanos::TARGET_HEALTH_UP);
    Add(answer.data.add_dropped_targets()->mutable_discovered_labels(), "__address__", "y");
    return answer;
  }
  absl::StatusOr<Provided<thanos::MetricMetadata>> Metadata(const Context&,
                                                            const thanos::MetricMetadataRequest& request) override {
    metadata_request = request;
    Provided<thanos::MetricMetadata> answer;
    for (const std::string name : {"up", "down"}) {
      thanos::Meta* meta = (*answer.data.mutable_metadata())[name].add_metas();
      meta->set_type("gauge");
      meta->set_help("is it " + name);
    }
    return answer;
  }
  absl::StatusOr<Provided<std::vector<thanos::ExemplarData>>> Exemplars(const Context&,
                                                                        const thanos::ExemplarsRequest& request) override {
    exemplars_request = request;
    Provided<std::vector<thanos::ExemplarData>> answer;
    answer.warnings = {"sidecar y is away"};
    thanos::ExemplarData& data = answer.data.emplace_back();
    Add(data.mutable_series_labels(), "__name__", "up");
    thanos::Exemplar* exemplar = data.add_exemplars();
    Add(exemplar->mutable_labels(), "trace_id", "abc");
    exemplar->set_value(6);
    exemplar->set_ts(1'600'096'945'479);
    return answer;
  }
  std::vector<EndpointStatus> Endpoints() const override {
    return {{.name = "b:1", .component = "store", .last_check = 1'433'337'718'000, .last_error = "away", .range = {1, 2}},
            {.name = "new:1"},
            {.name = "a:1",
             .component = "sidecar",
             .last_check = 1'433'337'718'000,
             .label_sets = {Labels{{"replica", "a"}}},
             .range = {0, kMaxTimestamp}}};
  }

  absl::StatusOr<Provided<thanos::TSDBStatistics>> Statistics(const Context&,
                                                              const thanos::TSDBStatisticsRequest& request) override {
    statistics_request = request;
    Provided<thanos::TSDBStatistics> answer;
    answer.warnings = {"one is away"};
    for (const char* tenant : {"", "team-a"}) {
      thanos::TSDBStatisticsEntry& entry = (*answer.data.mutable_statistics())[tenant];
      entry.mutable_head_statistics()->set_num_series(3);
      for (const char* metric : {"a", "b"}) {
        thanos::Statistic* one = entry.add_series_count_by_metric_name();
        one->set_name(metric);
        one->set_value(2);
      }
    }
    return answer;
  }

  absl::Status failure;
  thanos::TSDBStatisticsRequest statistics_request;
  thanos::RulesRequest rules_request;
  thanos::TargetsRequest targets_request;
  thanos::MetricMetadataRequest metadata_request;
  thanos::ExemplarsRequest exemplars_request;
};

class FleetHandlersTest : public testing::Test {
 protected:
  FakeFleet fleet_;
  QueryApiConfig config_;
  FleetHandlers handlers_{{&fleet_, &fleet_, &fleet_, &fleet_, &fleet_, &fleet_}, config_};
};

TEST_F(FleetHandlersTest, Rules) {
  EXPECT_EQ(
      handlers_.Rules(FakeRequest("/api/v1/rules?type=alert&match[]={a=\"b\"}&rule_name[]=n&file[]=f")).body,
      R"({"status":"success","data":{"groups":[{"name":"g","file":"/f.yaml","rules":[)"
      R"({"state":"firing","name":"Down","query":"up == 0","duration":300,"labels":{"severity":"page"},"annotations":{},"alerts":[)"
      R"({"labels":{"alertname":"Down"},"annotations":{},"state":"firing","activeAt":"2015-06-03T13:21:58Z","value":"1e+00",)"
      R"("partialResponseStrategy":"ABORT"}],"health":"ok","evaluationTime":0,"lastEvaluation":"0001-01-01T00:00:00Z",)"
      R"("keepFiringFor":0,"type":"alerting"},)"
      R"json({"name":"job:up:sum","query":"sum by (job) (up)","labels":{},"health":"err","lastError":"boom","evaluationTime":0.25,)json"
      R"("lastEvaluation":"0001-01-01T00:00:00Z","type":"recording"}],"interval":60,"evaluationTime":0,)"
      R"("lastEvaluation":"2015-06-03T13:21:58.000005Z","limit":0,"partialResponseStrategy":"WARN"}]}})");
  EXPECT_EQ(fleet_.rules_request.type(), thanos::RulesRequest::ALERT);
  EXPECT_EQ(fleet_.rules_request.matcher_string(0), "{a=\"b\"}");
  EXPECT_EQ(fleet_.rules_request.rule_name(0), "n");
  EXPECT_EQ(fleet_.rules_request.file(0), "f");
  EXPECT_EQ(fleet_.rules_request.partial_response_strategy(), thanos::WARN);
  EXPECT_EQ(handlers_.Rules(FakeRequest("/api/v1/rules?type=x")).body,
            R"({"status":"error","errorType":"bad_data","error":"invalid rules parameter type='x'"})");
  fleet_.failure = Unavailable("nobody there");
  const HttpResponse failed = handlers_.Rules(FakeRequest("/api/v1/rules"));
  EXPECT_EQ(failed.status, 500);
  EXPECT_EQ(failed.body, R"({"status":"error","errorType":"internal","error":"error retrieving rules: nobody there"})");
}

TEST_F(FleetHandlersTest, Alerts) {
  EXPECT_EQ(handlers_.Alerts(FakeRequest("/api/v1/alerts")).body,
            R"({"status":"success","data":{"alerts":[{"labels":{"alertname":"Down"},"annotations":{},"state":"firing",)"
            R"("activeAt":"2015-06-03T13:21:58Z","value":"1e+00","partialResponseStrategy":"ABORT"}]}})");
}

TEST_F(FleetHandlersTest, Targets) {
  EXPECT_EQ(
      handlers_.Targets(FakeRequest("/api/v1/targets?state=active")).body,
      R"({"status":"success","data":{"activeTargets":[{"discoveredLabels":{},"labels":{"job":"x"},"scrapePool":"",)"
      R"("scrapeUrl":"http://x/metrics","globalUrl":"","lastError":"","lastScrape":"0001-01-01T00:00:00Z","lastScrapeDuration":0,)"
      R"("health":"up"}],"droppedTargets":[{"discoveredLabels":{"__address__":"y"}}]}})");
  EXPECT_EQ(fleet_.targets_request.state(), thanos::TargetsRequest::ACTIVE);
  EXPECT_EQ(handlers_.Targets(FakeRequest("/api/v1/targets?state=x")).status, 400);
}

TEST_F(FleetHandlersTest, Metadata) {
  EXPECT_EQ(handlers_.Metadata(FakeRequest("/api/v1/metadata?limit=5&metric=up")).body,
            R"({"status":"success","data":{"down":[{"type":"gauge","help":"is it down","unit":""}],)"
            R"("up":[{"type":"gauge","help":"is it up","unit":""}]}})");
  EXPECT_EQ(fleet_.metadata_request.limit(), 5);
  EXPECT_EQ(fleet_.metadata_request.metric(), "up");
  handlers_.Metadata(FakeRequest("/api/v1/metadata"));
  EXPECT_EQ(fleet_.metadata_request.limit(), -1);
  EXPECT_EQ(handlers_.Metadata(FakeRequest("/api/v1/metadata?limit=x")).status, 400);
}

TEST_F(FleetHandlersTest, Exemplars) {
  const HttpResponse response = handlers_.Exemplars(FakeRequest("/api/v1/query_exemplars?query=up&start=1&end=2"));
  EXPECT_EQ(response.body,
            R"({"status":"success","data":[{"seriesLabels":{"__name__":"up"},"exemplars":[{"labels":{"trace_id":"abc"},)"
            R"("value":"6","timestamp":1600096945.479}]}],"warnings":["sidecar y is away"]})");
  EXPECT_EQ(response.headers.Get("Cache-Control"), "no-store");
  EXPECT_EQ(fleet_.exemplars_request.start(), 1'000);
  EXPECT_EQ(handlers_.Exemplars(FakeRequest("/api/v1/query_exemplars?query=up(")).status, 400);
  EXPECT_EQ(handlers_.Exemplars(FakeRequest("/api/v1/query_exemplars?query=up&start=2&end=1")).status, 400);
}

TEST_F(FleetHandlersTest, Stores) {
  EXPECT_EQ(
      handlers_.Stores(FakeRequest("/api/v1/stores")).body,
      R"({"status":"success","data":{"sidecar":[{"name":"a:1","lastCheck":"2015-06-03T13:21:58Z","lastError":null,)"
      R"("labelSets":[{"replica":"a"}],"minTime":0,"maxTime":9223372036854775807}],)"
      R"("store":[{"name":"b:1","lastCheck":"2015-06-03T13:21:58Z","lastError":"away","labelSets":[],"minTime":1,"maxTime":2}]}})");
}

TEST_F(FleetHandlersTest, TsdbStatus) {
  EXPECT_EQ(handlers_.TsdbStatus(FakeRequest("/api/v1/status/tsdb?limit=1&match[]={cluster=\"x\"}")).body,
            R"({"status":"success","data":{"headStats":{"numSeries":6,"numLabelPairs":0,"chunkCount":0,"minTime":0,"maxTime":0},)"
            R"("seriesCountByMetricName":[{"name":"a","value":4}],"labelValueCountByLabelName":[],"memoryInBytesByLabelName":[],)"
            R"("seriesCountByLabelValuePair":[]},"warnings":["one is away"]})");
  EXPECT_EQ(fleet_.statistics_request.limit(), 1);
  EXPECT_EQ(fleet_.statistics_request.matchers(0).name(), "cluster");
  handlers_.TsdbStatus(FakeRequest("/api/v1/status/tsdb"));
  EXPECT_EQ(fleet_.statistics_request.limit(), 10);
  EXPECT_EQ(handlers_.TsdbStatus(FakeRequest("/api/v1/status/tsdb?limit=3000000000")).status, 400);
  EXPECT_EQ(handlers_.TsdbStatus(FakeRequest("/api/v1/status/tsdb?match[]={")).status, 400);
}

TEST_F(FleetHandlersTest, TsdbStatusOfATenant) {
  config_.enforce_tenancy = true;
  config_.default_tenant = "team-a";
  EXPECT_NE(handlers_.TsdbStatus(FakeRequest("/api/v1/status/tsdb")).body.find(R"("numSeries":3)"), std::string::npos);
  EXPECT_EQ(fleet_.statistics_request.matchers(0).value(), "team-a");
  config_.default_tenant = "team-b";
  EXPECT_EQ(handlers_.TsdbStatus(FakeRequest("/api/v1/status/tsdb")).body,
            R"({"status":"error","errorType":"internal","error":"retrieving tsdb statistics: team-b tenant not found"})");
}

TEST(NoFleetTest, AnswersEmptyLists) {
  const QueryApiConfig config;
  const FleetHandlers handlers({}, config);
  const std::pair<HttpResponse, std::string_view> cases[] = {
      {handlers.Rules(FakeRequest("/")), R"({"groups":[]})"},
      {handlers.Alerts(FakeRequest("/")), R"({"alerts":[]})"},
      {handlers.Targets(FakeRequest("/")), R"({"activeTargets":[],"droppedTargets":[]})"},
      {handlers.Metadata(FakeRequest("/")), "{}"},
      {handlers.Exemplars(FakeRequest("/?query=up")), "[]"},
      {handlers.Stores(FakeRequest("/")), "{}"},
  };
  for (const auto& [response, data] : cases) EXPECT_EQ(response.body, fmt::format(R"({{"status":"success","data":{}}})", data));
}

}  // namespace
}  // namespace varve
