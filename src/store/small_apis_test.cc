// Rules, targets, metadata and exemplars: over gRPC, from JSON, merged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/grpc_client.h"
#include "net/grpc_server.h"
#include "store/exemplars_api.h"
#include "store/label_protos.h"
#include "store/metadata_api.h"
#include "store/rules_api.h"
#include "store/targets_api.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

JsonValue Json(std::string_view text) { return *JsonValue::Parse(text); }

constexpr std::string_view kRules =
    R"json({"groups": [{"name": "g", "file": "/r.yml", "interval": 60, "limit": 3, "evaluationTime": 0.5,
  "lastEvaluation": "2026-01-02T03:04:05.678Z", "rules": [
    {"type": "recording", "name": "job:up", "query": "sum(up)", "labels": {"a": "1"}, "health": "ok", "lastEvaluation": "2026-01-02T03:04:05Z"},
    {"type": "alerting", "name": "Down", "state": "firing", "query": "up == 0", "duration": 300, "keepFiringFor": 60,
     "labels": {"severity": "page", "who": "{{ $labels.job }}"}, "annotations": {"text": "down"}, "health": "ok",
     "alerts": [{"labels": {"job": "x"}, "annotations": {}, "state": "firing", "activeAt": "2026-01-02T03:00:00Z", "value": "1e+00"}]}]}]})json";

class FakeRules : public RulesApi {
 public:
  absl::StatusOr<RulesAnswer> Rules(const Context&, const thanos::RulesRequest&) override {
    if (!failure.ok()) return failure;
    return answer;
  }
  RulesAnswer answer = {RuleGroupsOfJson(Json(kRules)), {}};
  absl::Status failure;
};
class FakeTargets : public TargetsApi {
 public:
  absl::StatusOr<TargetsAnswer> Targets(const Context&, const thanos::TargetsRequest&) override {
    return TargetsAnswer{
        {TargetsOfJson(Json(R"({"activeTargets": [{"scrapeUrl": "u", "health": "up", "labels": {"job": "a"}}]})"))}, {}};
  }
};
class FakeMetadata : public MetadataApi {
 public:
  absl::StatusOr<MetadataAnswer> Metadata(const Context&, const thanos::MetricMetadataRequest&) override {
    thanos::MetricMetadata metadata;
    (*metadata.mutable_metadata())["up"].add_metas()->set_type("gauge");
    return MetadataAnswer{{metadata}, {"half of it"}};
  }
};
class FakeExemplars : public ExemplarsApi {
 public:
  absl::StatusOr<ExemplarsAnswer> Exemplars(const Context&, const ExemplarsQuery& query) override {
    asked = query;
    thanos::ExemplarData data;
    SetLabels(Labels{{"__name__", "x"}}, data.mutable_series_labels());
    data.add_exemplars()->set_value(7);
    return ExemplarsAnswer{{data}, {}};
  }
  ExemplarsQuery asked;
};

class SmallApisTest : public testing::Test {
 protected:
  SmallApisTest() {
    server_ = *GrpcServer::Start({.address = "127.0.0.1:0"},
                                 {&rules_service_, &targets_service_, &metadata_service_, &exemplars_service_}, nullptr);
    const std::string address = fmt::format("127.0.0.1:{}", server_->port());
    auto info = std::make_shared<EndpointInfo>();
    info->component = "sidecar";
    info->rules = info->targets = info->metadata = true;
    info->exemplars = QueryRange();
    info->label_sets = {Labels{{"cluster", "a"}}};
    live_ = {{address, *MakeGrpcChannel(address, {}), info}};
  }
  LiveEndpoints Live() {
    return [this] { return live_; };
  }
  void AddDeadEndpoint() {
    LiveEndpoint dead = live_[0];
    dead.address = "127.0.0.1:1";
    dead.channel = *MakeGrpcChannel("127.0.0.1:1", {});
    live_.push_back(dead);
  }

  Executor executor_{"test", 4};
  FakeRules rules_;
  FakeTargets targets_;
  FakeMetadata metadata_;
  FakeExemplars exemplars_;
  GrpcRulesService rules_service_{rules_, executor_};
  GrpcTargetsService targets_service_{targets_, executor_};
  GrpcMetadataService metadata_service_{metadata_, executor_};
  GrpcExemplarsService exemplars_service_{exemplars_,
                                          [](const std::string& query) -> absl::StatusOr<std::vector<Matchers>> {
                                            return std::vector<Matchers>{{Matcher::Equal("query", query)}};
                                          },
                                          executor_};
  std::unique_ptr<GrpcServer> server_;
  std::vector<LiveEndpoint> live_;
};

TEST_F(SmallApisTest, RulesOverGrpc) {
  const auto proxy = NewRulesProxy(Live(), executor_);
  thanos::RulesRequest request;
  auto answer = proxy->Rules(Context(), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_THAT(answer->parts, SizeIs(1));
  EXPECT_EQ(answer->parts[0].SerializeAsString(), rules_.answer.parts[0].SerializeAsString());
  AddDeadEndpoint();
  answer = proxy->Rules(Context(), request);
  ASSERT_TRUE(answer.ok());
  EXPECT_THAT(answer->parts, SizeIs(1));
  EXPECT_THAT(answer->warnings,
              ElementsAre(HasSubstr("receiving rules from rules client 127.0.0.1:1: rpc error: code = Unavailable")));
  request.set_partial_response_strategy(thanos::ABORT);
  EXPECT_FALSE(proxy->Rules(Context(), request).ok());
}

TEST_F(SmallApisTest, RulesThatFail) {
  rules_.failure = absl::UnavailableError("no Prometheus");
  const auto answer = NewRulesProxy(Live(), executor_)->Rules(Context(), {});
  ASSERT_TRUE(answer.ok());
  EXPECT_THAT(answer->warnings, ElementsAre(HasSubstr("no Prometheus")));
}

TEST_F(SmallApisTest, TargetsMetadataAndExemplarsOverGrpc) {
  const auto targets = NewTargetsProxy(Live(), executor_)->Targets(Context(), {});
  ASSERT_TRUE(targets.ok());
  EXPECT_EQ(targets->parts[0].active_targets(0).health(), thanos::TARGET_HEALTH_UP);
  const auto metadata = NewMetadataProxy(Live(), executor_)->Metadata(Context(), {});
  ASSERT_TRUE(metadata.ok());
  EXPECT_EQ(metadata->parts[0].metadata().at("up").metas(0).type(), "gauge");
  EXPECT_THAT(metadata->warnings, ElementsAre("half of it"));
  const auto proxy = NewExemplarsProxy(Live(), executor_, Labels{{"region", "eu"}});
  const auto exemplars = proxy->Exemplars(
      Context(), {.selectors = {{Matcher::Equal("__name__", "x"), Matcher::Equal("cluster", "a"), Matcher::Equal("region", "eu")},
                                {Matcher::Equal("cluster", "b")}},
                  .range = {1, 2}});
  ASSERT_TRUE(exemplars.ok()) << exemplars.status();
  EXPECT_EQ(exemplars->parts[0].exemplars(0).value(), 7);
  EXPECT_EQ(exemplars_.asked.selectors[0][0].value(), "{__name__=\"x\"}");
  EXPECT_EQ(exemplars_.asked.range, (QueryRange{1, 2}));
  EXPECT_TRUE(absl::IsInvalidArgument(proxy->Exemplars(Context(), {.selectors = {{Matcher::Equal("region", "eu")}}}).status()));
  EXPECT_THAT(proxy->Exemplars(Context(), {.selectors = {{Matcher::Equal("region", "us")}}})->parts, IsEmpty());
}

TEST(RulesApiTest, ReadsPrometheusJson) {
  const thanos::RuleGroup group = RuleGroupsOfJson(Json(kRules))[0];
  EXPECT_EQ(group.file(), "/r.yml");
  EXPECT_EQ(group.limit(), 3);
  EXPECT_EQ(group.last_evaluation().nanos(), 678'000'000);
  ASSERT_EQ(group.rules_size(), 2);
  EXPECT_EQ(group.rules(0).recording().query(), "sum(up)");
  const thanos::Alert& alert = group.rules(1).alert();
  EXPECT_EQ(alert.state(), thanos::FIRING);
  EXPECT_EQ(alert.duration_seconds(), 300);
  EXPECT_EQ(alert.keep_firing_for_seconds(), 60);
  EXPECT_EQ(alert.alerts(0).value(), "1e+00");
  EXPECT_EQ(LabelsOf(alert.alerts(0).labels()), (Labels{{"job", "x"}}));
}

thanos::Rule AlertRule(const std::string& name, Labels labels, thanos::AlertState state, int64_t at) {
  thanos::Rule rule;
  rule.mutable_alert()->set_name(name);
  SetLabels(labels, rule.mutable_alert()->mutable_labels());
  rule.mutable_alert()->set_state(state);
  rule.mutable_alert()->mutable_last_evaluation()->set_seconds(at);
  return rule;
}

TEST(RulesApiTest, ReplicasBecomeOne) {
  std::vector<thanos::RuleGroup> groups(3);
  for (int i = 0; i < 2; ++i) {
    groups[i].set_name("g");
    *groups[i].add_rules() =
        AlertRule("Down", Labels{{"replica", std::to_string(i)}, {"s", "1"}}, i == 0 ? thanos::PENDING : thanos::FIRING, 1);
    *groups[i].add_rules() = AlertRule("Up", Labels{{"replica", std::to_string(i)}}, thanos::INACTIVE, 10 + i);
  }
  groups[2].set_name("a");
  const auto tidy = TidyRules(groups, {}, {"replica"});
  ASSERT_THAT(tidy, SizeIs(2));
  EXPECT_EQ(tidy[0].name(), "a");
  ASSERT_EQ(tidy[1].rules_size(), 2);
  EXPECT_EQ(tidy[1].rules(0).alert().state(), thanos::FIRING);
  EXPECT_EQ(LabelsOf(tidy[1].rules(0).alert().labels()), (Labels{{"s", "1"}}));
  EXPECT_EQ(tidy[1].rules(1).alert().last_evaluation().seconds(), 11);
  EXPECT_EQ(TidyRules(groups, {}, {})[1].rules_size(), 4);
}

TEST(RulesApiTest, Filters) {
  const std::vector<thanos::RuleGroup> groups = RuleGroupsOfJson(Json(kRules));
  const auto count = [&](const RuleFilter& filter) {
    int rules = 0;
    for (const thanos::RuleGroup& group : TidyRules(groups, filter, {})) rules += group.rules_size();
    return rules;
  };
  EXPECT_EQ(count({}), 2);
  EXPECT_EQ(count({.rule_names = {"Down"}}), 1);
  EXPECT_EQ(count({.group_names = {"other"}}), 0);
  EXPECT_EQ(count({.files = {"/r.yml"}}), 2);
  EXPECT_EQ(count({.matcher_sets = {{Matcher::Equal("severity", "page")}}}), 1);
  EXPECT_EQ(count({.matcher_sets = {{Matcher::Equal("severity", "page")}, {Matcher::Equal("a", "1")}}}), 0);
  EXPECT_EQ(count({.matcher_sets = {{Matcher::Equal("who", ""), Matcher::Equal("severity", "page")}}}), 1);  // a template
  const std::vector<thanos::RuleGroup> empty(1);  // a group of its own, unless something else is looked for
  EXPECT_THAT(TidyRules(empty, {}, {}), SizeIs(1));
  EXPECT_THAT(TidyRules(empty, {.rule_names = {"Down"}}, {}), IsEmpty());
}

TEST(TargetsApiTest, ReplicasBecomeOne) {
  const auto part = [](const std::string& replica, const std::string& health, const std::string& at) {
    return TargetsOfJson(Json(fmt::format(
        R"({{"activeTargets": [{{"scrapeUrl": "http://a/metrics", "scrapePool": "p", "health": "{}", "lastScrape": "{}",
             "labels": {{"job": "a", "replica": "{}"}}, "discoveredLabels": {{"x": "y"}}}}],
             "droppedTargets": [{{"discoveredLabels": {{"d": "1", "replica": "{}"}}}}]}})",
        health, at, replica, replica)));
  };
  const auto all = TidyTargets({part("0", "up", "2026-01-01T00:00:01Z"), part("1", "up", "2026-01-01T00:00:02Z")}, {"replica"});
  ASSERT_EQ(all.active_targets_size(), 1);
  EXPECT_EQ(all.active_targets(0).last_scrape().seconds() % 60, 2);
  EXPECT_EQ(LabelsOf(all.active_targets(0).labels()), (Labels{{"job", "a"}}));
  EXPECT_EQ(all.dropped_targets_size(), 1);
  const auto down =
      TidyTargets({part("0", "up", "2026-01-01T00:00:01Z"), part("1", "down", "2026-01-01T00:00:00Z")}, {"replica"});
  EXPECT_EQ(down.active_targets(0).health(), thanos::TARGET_HEALTH_DOWN);
  EXPECT_EQ(TidyTargets({part("0", "up", ""), part("1", "up", "")}, {}).active_targets_size(), 2);
}

TEST(MetadataApiTest, EachMetadataOnce) {
  thanos::MetricMetadata a, b;
  (*a.mutable_metadata())["up"].add_metas()->set_help("one");
  (*b.mutable_metadata())["up"].add_metas()->set_help("one");
  (*b.mutable_metadata())["up"].add_metas()->set_help("other");
  (*b.mutable_metadata())["x"].add_metas()->set_help("x");
  const auto all = TidyMetadata({a, b}, -1);
  EXPECT_THAT(all, SizeIs(2));
  EXPECT_THAT(all.at("up"), SizeIs(2));
  EXPECT_THAT(TidyMetadata({a, b}, 1), SizeIs(1));
  EXPECT_THAT(TidyMetadata({a, b}, 0), IsEmpty());
}

TEST(ExemplarsApiTest, ReplicasBecomeOne) {
  thanos::ExemplarData a;
  SetLabels(Labels{{"__name__", "x"}, {"replica", "0"}}, a.mutable_series_labels());
  a.add_exemplars()->set_ts(2);
  a.add_exemplars()->set_ts(1);
  thanos::ExemplarData b = a;
  SetLabels(Labels{{"__name__", "x"}, {"replica", "1"}}, b.mutable_series_labels());
  const auto tidy = TidyExemplars({a, b, thanos::ExemplarData()}, {"replica"});
  ASSERT_THAT(tidy, SizeIs(1));
  ASSERT_EQ(tidy[0].exemplars_size(), 2);
  EXPECT_EQ(tidy[0].exemplars(0).ts(), 1);
}

TEST(ExemplarsApiTest, QueriesLeaveExternalLabelsOut) {
  const std::vector<Matchers> selectors = {{Matcher::Equal("__name__", "x"), Matcher::Equal("cluster", "a")},
                                           {Matcher::Equal("cluster", "b")}};
  EXPECT_EQ(ExemplarsQueryFor(selectors, {Labels{{"cluster", "a"}}}, false), "{__name__=\"x\"}");
  EXPECT_EQ(ExemplarsQueryFor(selectors, {Labels{{"cluster", "a"}}}, true), "{__name__=\"x\",cluster=\"a\"}");
  EXPECT_EQ(ExemplarsQueryFor(selectors, {Labels{{"cluster", "c"}}}, false), "");
}

}  // namespace
}  // namespace varve
