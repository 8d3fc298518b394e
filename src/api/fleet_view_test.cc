// What a fleet of two sidecars with one replica label becomes on its way to the HTTP API.
#include "api/fleet_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/grpc_client.h"
#include "net/grpc_server.h"
#include "net/http_server.h"
#include "store/label_protos.h"
#include "store/testing/fake_prometheus.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// One sidecar's worth of gRPC over the fake Prometheus.
class FakeSidecar {
 public:
  FakeSidecar(PrometheusClient& client, const std::string& replica, Executor& executor)
      : labels_{{"cluster", "c"}, {"replica", replica}},
        fleet_(FleetApis::OfPrometheus(client, [this] { return labels_; })),
        services_(
            fleet_, [](const std::string& query) { return ParseSelectors(query, {}); }, executor),
        server_(*GrpcServer::Start({.address = "127.0.0.1:0"}, services_.all(), nullptr)) {}
  LiveEndpoint Endpoint() const {
    auto info = std::make_shared<EndpointInfo>();
    info->component = "sidecar";
    info->label_sets = {labels_};
    FleetServices::Announce(*info);
    const std::string address = fmt::format("127.0.0.1:{}", server_->port());
    return {address, *MakeGrpcChannel(address, {}), info};
  }

 private:
  const Labels labels_;
  FleetApis fleet_;
  FleetServices services_;
  std::unique_ptr<GrpcServer> server_;
};

class FleetViewTest : public testing::Test {
 protected:
  FleetViewTest() {
    prometheus_ = *HttpServer::Start({.address = "127.0.0.1:0"}, FakePrometheus({}), executor_, Logger());
    http_ = *HttpClient::Make({});
    client_ = std::make_unique<PrometheusClient>(*http_, fmt::format("http://127.0.0.1:{}", prometheus_->port()));
    for (const char* replica : {"0", "1"}) {
      sidecars_.push_back(std::make_unique<FakeSidecar>(*client_, replica, executor_));
      live_.push_back(sidecars_.back()->Endpoint());
    }
  }
  void AddDeadEndpoint() {
    LiveEndpoint dead = live_[0];
    dead.address = "127.0.0.1:1";
    dead.channel = *MakeGrpcChannel("127.0.0.1:1", {});
    live_.push_back(dead);
  }

  Executor executor_{"test", 8};
  std::unique_ptr<HttpServer> prometheus_;
  std::unique_ptr<HttpClient> http_;
  std::unique_ptr<PrometheusClient> client_;
  std::vector<std::unique_ptr<FakeSidecar>> sidecars_;
  std::vector<LiveEndpoint> live_;
  FleetApis fleet_ = FleetApis::OfEndpoints([this] { return live_; }, executor_, Labels());
  FleetView view_{fleet_, {"replica"}, {}};
};

TEST_F(FleetViewTest, RulesOnce) {
  thanos::RulesRequest request;
  auto rules = view_.Rules(Context(), request);
  ASSERT_TRUE(rules.ok()) << rules.status();
  ASSERT_EQ(rules->data.groups_size(), 1);
  ASSERT_EQ(rules->data.groups(0).rules_size(), 2);
  EXPECT_EQ(LabelsOf(rules->data.groups(0).rules(1).recording().labels()), (Labels{{"cluster", "c"}, {"team", "x"}}));
  request.add_matcher_string("{team=\"x\"}");
  rules = view_.Rules(Context(), request);
  EXPECT_EQ(rules->data.groups(0).rules_size(), 1);
  request.add_matcher_string("{");
  EXPECT_TRUE(absl::IsInvalidArgument(view_.Rules(Context(), request).status()));
}

TEST_F(FleetViewTest, WithoutReplicaLabelsAllIsShown) {
  FleetView all(fleet_, {}, {});
  EXPECT_EQ(all.Rules(Context(), {})->data.groups(0).rules_size(), 4);
  EXPECT_EQ(all.Targets(Context(), {})->data.active_targets_size(), 2);
}

TEST_F(FleetViewTest, TargetsMetadataExemplarsAndStatistics) {
  const auto targets = view_.Targets(Context(), {});
  ASSERT_TRUE(targets.ok());
  EXPECT_EQ(targets->data.active_targets_size(), 1);
  EXPECT_EQ(targets->data.dropped_targets_size(), 1);
  thanos::MetricMetadataRequest metadata;
  metadata.set_limit(1);
  EXPECT_EQ(view_.Metadata(Context(), metadata)->data.metadata_size(), 1);
  metadata.set_limit(-1);
  EXPECT_EQ(view_.Metadata(Context(), metadata)->data.metadata().at("up").metas_size(), 1);
  thanos::ExemplarsRequest exemplars;
  exemplars.set_query("rate(x[5m])");
  exemplars.set_end(10'000);
  const auto found = view_.Exemplars(Context(), exemplars);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_THAT(found->data, SizeIs(1));
  EXPECT_EQ(LabelsOf(found->data[0].series_labels()), (Labels{{"__name__", "x"}, {"cluster", "c"}}));
  EXPECT_EQ(found->data[0].exemplars_size(), 1);
  const auto statistics = view_.Statistics(Context(), {});
  ASSERT_TRUE(statistics.ok());
  EXPECT_EQ(statistics->data.statistics().at("").head_statistics().num_series(), 10u);
}

TEST_F(FleetViewTest, AnEndpointThatIsAwayIsNamed) {
  AddDeadEndpoint();
  const auto targets = view_.Targets(Context(), {});
  ASSERT_TRUE(targets.ok());
  EXPECT_THAT(targets->warnings, ElementsAre(HasSubstr("127.0.0.1:1")));
  thanos::TSDBStatisticsRequest strict;
  strict.set_partial_response_strategy(thanos::ABORT);
  EXPECT_FALSE(view_.Statistics(Context(), strict).ok());
}

}  // namespace
}  // namespace varve
