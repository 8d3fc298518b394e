// Sidecars, a store gateway and stacked queriers in one process, wired as the command lines wire them.
#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>
#include <proto/thanos/info.grpc.pb.h>

#include <thread>

#include "base/json_value.h"
#include "net/grpc_client.h"
#include "net/http_client.h"
#include "roles/query/query_role.h"
#include "roles/sidecar/sidecar_role.h"
#include "roles/store/store_role.h"
#include "roles/up/up_role.h"
#include "store/testing/fake_prometheus.h"

namespace varve {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const Logger kSilent(LogLevel::kError, LogFormat::kLogfmt, [](std::string_view) {});

ServerFlags AnyPorts() {
  ServerFlags flags;
  flags.http.address = flags.grpc.address = "127.0.0.1:0";
  flags.http.grace_period_ms = flags.grpc.grace_period_ms = 1'000;
  return flags;
}

// A role with a process of its own around it.
template <typename RoleType, typename Config>
class Running {
 public:
  explicit Running(Config config, Shutdown& shutdown)
      : process_{.log = kSilent, .registry = registry_, .shutdown = shutdown}, role_(WithPorts(std::move(config)), process_) {
    const absl::Status status = role_.Start();
    EXPECT_TRUE(status.ok()) << status;
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!role_.server().probe().ready() && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_TRUE(role_.server().probe().ready());
  }
  std::string grpc_address() { return fmt::format("127.0.0.1:{}", role_.server().grpc_port()); }
  std::string url() { return fmt::format("http://127.0.0.1:{}", role_.server().http_port()); }
  RoleType& role() { return role_; }

 private:
  static Config WithPorts(Config config) {
    config.server = AnyPorts();
    return config;
  }
  MetricsRegistry registry_;
  Process process_;
  RoleType role_;
};

class FleetTest : public testing::Test {
 protected:
  FleetTest() : folder_(testing::TempDir() + "/roles_fleet") {
    EXPECT_TRUE(RealFiles().RemoveTree(folder_).ok());
    EXPECT_TRUE(RealFiles().MakeDirectories(folder_ + "/bucket").ok());
    http_ = *HttpClient::Make({});
    for (const char* replica : {"0", "1"}) {
      prometheuses_.push_back(*HttpServer::Start(
          {.address = "127.0.0.1:0"},
          FakePrometheus({.external_labels = fmt::format("{{cluster: c, replica: \"{}\"}}", replica)}), executor_, Logger()));
      SidecarConfig config;
      config.prometheus_url = fmt::format("http://127.0.0.1:{}", prometheuses_.back()->port());
      sidecars_.push_back(std::make_unique<Running<SidecarRole, SidecarConfig>>(config, shutdown_));
    }
    StoreConfig config;
    config.bucket.data_dir = folder_ + "/store";
    config.bucket.objstore = fmt::format("type: FILESYSTEM\nconfig: {{directory: \"{}/bucket\"}}\n", folder_);
    store_ = std::make_unique<Running<StoreRole, StoreConfig>>(config, shutdown_);
  }
  QueryConfig OverEverything() {
    QueryConfig config;
    config.endpoints.addresses = {sidecars_[0]->grpc_address(), sidecars_[1]->grpc_address(), store_->grpc_address()};
    config.engine.replica_labels = {"replica"};
    return config;
  }
  std::unique_ptr<Running<QueryRole, QueryConfig>> Query(const QueryConfig& config) {
    return std::make_unique<Running<QueryRole, QueryConfig>>(config, shutdown_);
  }
  HttpClientResponse Get(const std::string& url) {
    absl::StatusOr<HttpClientResponse> response = http_->Do(Context(), {.url = url});
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *std::move(response) : HttpClientResponse();
  }
  JsonValue Data(const std::string& url) {
    const HttpClientResponse response = Get(url);
    EXPECT_EQ(response.status, 200) << response.body;
    const JsonValue root = *JsonValue::Parse(response.body);
    EXPECT_TRUE(root["warnings"].is_null()) << response.body;
    return root["data"];
  }
  static thanos::info::InfoResponse InfoOf(const std::string& address) {
    grpc::ClientContext call;
    thanos::info::InfoResponse info;
    const auto stub = thanos::info::Info::NewStub(*MakeGrpcChannel(address, {}));
    const grpc::Status status = stub->Info(&call, {}, &info);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return info;
  }

  const std::string folder_;
  Shutdown shutdown_;
  Executor executor_{"prometheus", 4};
  std::unique_ptr<HttpClient> http_;
  std::vector<std::unique_ptr<HttpServer>> prometheuses_;
  std::vector<std::unique_ptr<Running<SidecarRole, SidecarConfig>>> sidecars_;
  std::unique_ptr<Running<StoreRole, StoreConfig>> store_;
};

TEST_F(FleetTest, EveryRoleAnnouncesWhatItServes) {
  const auto query = Query(OverEverything());
  const thanos::info::InfoResponse sidecar = InfoOf(sidecars_[0]->grpc_address());
  EXPECT_EQ(sidecar.componenttype(), "sidecar");
  EXPECT_EQ(sidecar.store().min_time(), 1'500);
  EXPECT_TRUE(sidecar.has_rules() && sidecar.has_targets() && sidecar.has_metric_metadata() && sidecar.has_exemplars() &&
              sidecar.has_status());
  EXPECT_FALSE(sidecar.has_query());
  const thanos::info::InfoResponse store = InfoOf(store_->grpc_address());
  EXPECT_EQ(store.componenttype(), "store");
  EXPECT_FALSE(store.has_rules() || store.has_targets() || store.has_exemplars() || store.has_status() || store.has_query());
  const thanos::info::InfoResponse querier = InfoOf(query->grpc_address());
  EXPECT_EQ(querier.componenttype(), "query");
  EXPECT_TRUE(querier.has_store() && querier.has_rules() && querier.has_targets() && querier.has_metric_metadata() &&
              querier.has_exemplars() && querier.has_status() && querier.has_query());
}

TEST_F(FleetTest, QueriersShowTheFleetHoweverTheyAreStacked) {
  const auto lower = Query(OverEverything());
  QueryConfig over_lower;
  over_lower.endpoints.addresses = {lower->grpc_address()};
  over_lower.engine.replica_labels = {"replica"};
  const auto upper = Query(over_lower);
  for (const std::string& url : {lower->url(), upper->url()}) {
    const JsonValue rules = Data(url + "/api/v1/rules");
    ASSERT_THAT(rules["groups"].array(), SizeIs(1));
    EXPECT_THAT(rules["groups"].array()[0]["rules"].array(), SizeIs(2));
    EXPECT_THAT(Data(url + "/api/v1/rules?type=alert&rule_name[]=Other")["groups"].array(), SizeIs(0));
    EXPECT_EQ(Data(url + "/api/v1/alerts")["alerts"].array()[0]["labels"]["alertname"].StringOr(""), "Down");
    const JsonValue targets = Data(url + "/api/v1/targets");
    ASSERT_THAT(targets["activeTargets"].array(), SizeIs(1));
    EXPECT_EQ(targets["activeTargets"].array()[0]["labels"].ToString(), R"({"cluster":"c","job":"a"})");
    EXPECT_EQ(Data(url + "/api/v1/metadata?metric=up")["up"].array()[0]["help"].StringOr(""), "Is it?");
    const JsonValue exemplars = Data(url + "/api/v1/query_exemplars?query=x&start=0&end=10");
    ASSERT_THAT(exemplars.array(), SizeIs(1));
    EXPECT_EQ(exemplars.array()[0]["seriesLabels"].ToString(), R"({"__name__":"x","cluster":"c"})");
    EXPECT_EQ(Data(url + "/api/v1/status/tsdb")["headStats"].ToString(),
              R"({"numSeries":10,"numLabelPairs":14,"chunkCount":18,"minTime":1,"maxTime":2})");
  }
  const JsonValue stores = Data(lower->url() + "/api/v1/stores");
  EXPECT_THAT(stores["sidecar"].array(), SizeIs(2));
  EXPECT_THAT(stores["store"].array(), SizeIs(1));
  EXPECT_THAT(Data(upper->url() + "/api/v1/stores")["query"].array(), SizeIs(1));
}

TEST_F(FleetTest, AnEndpointThatGoesIsAWarning) {
  QueryConfig config = OverEverything();
  config.endpoints.info_timeout_ms = 600'000;  // nobody is asked again: it counts as healthy
  const auto query = Query(config);
  const std::string gone = sidecars_[1]->grpc_address();
  sidecars_[1].reset();
  const HttpClientResponse response = Get(query->url() + "/api/v1/targets");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr("receiving targets from targets client " + gone));
  EXPECT_THAT((*JsonValue::Parse(response.body))["data"]["activeTargets"].array(), SizeIs(1));
}

TEST_F(FleetTest, EndpointFilesAreReadAgain) {
  const std::string path = folder_ + "/endpoints.yml", sd_path = folder_ + "/sd.json";
  const auto write = [](const std::string& to, const std::string& text) {
    EXPECT_TRUE(RealFiles().WriteAtomically(to, {reinterpret_cast<const std::byte*>(text.data()), text.size()}).ok());
  };
  const auto endpoints = [](const std::string& address) { return "endpoints: [{address: \"" + address + "\"}]\n"; };
  write(path, endpoints(sidecars_[0]->grpc_address()));
  write(sd_path, "[]");
  QueryConfig config;
  config.endpoints.sd_config = endpoints(sidecars_[0]->grpc_address());
  config.endpoints.sd_config_path = path;
  config.endpoints.sd_config_reload_ms = 20;
  config.endpoints.sd_files = {sd_path};
  config.endpoints.sd_files_interval_ms = 20;
  config.endpoints.info_timeout_ms = 200;
  const auto query = Query(config);
  const auto names = [&] {
    std::vector<std::string> names;
    const JsonValue stores = Data(query->url() + "/api/v1/stores");
    for (const auto& [component, list] : stores.object()) {
      for (const JsonValue& one : list.array()) names.emplace_back(one["name"].StringOr(""));
    }
    return names;
  };
  EXPECT_THAT(names(), UnorderedElementsAre(sidecars_[0]->grpc_address()));
  write(path, "endpoints: [{address: ");  // half written: nothing changes
  write(sd_path, "[{\"targets\": [\"" + store_->grpc_address() + "\"]}]");
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (names().size() != 2 && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
  EXPECT_THAT(names(), UnorderedElementsAre(sidecars_[0]->grpc_address(), store_->grpc_address()));
  write(path, endpoints(sidecars_[1]->grpc_address()));
  while (names().size() != 2 || names()[0] == sidecars_[0]->grpc_address()) {
    if (std::chrono::steady_clock::now() > give_up) break;
    std::this_thread::yield();
  }
  EXPECT_THAT(names(), UnorderedElementsAre(sidecars_[1]->grpc_address(), store_->grpc_address()));
}

TEST_F(FleetTest, PrefixesMoveThePage) {
  QueryConfig config;
  config.web.external_prefix = "thanos/";
  const auto query = Query(config);
  EXPECT_EQ(Data(query->url() + "/thanos/api/v1/stores").ToString(), "{}");
  EXPECT_EQ(Get(query->url() + "/thanos/graph").status, 200);
  EXPECT_THAT(Get(query->url() + "/").body, HasSubstr("<title>"));  // the client follows redirects
  EXPECT_THAT(Get(query->url() + "/thanos").body, HasSubstr("<title>"));
  EXPECT_EQ(Get(query->url() + "/-/ready").status, 200);
  EXPECT_EQ(Get(query->url() + "/api/v1/stores").status, 404);
}

TEST_F(FleetTest, UpIsAQuerierWithoutAFleet) {
  UpConfig config;
  config.bucket.data_dir = folder_ + "/up";
  config.bucket_directory = folder_ + "/bucket";
  Running<UpRole, UpConfig> up(config, shutdown_);
  const thanos::info::InfoResponse info = InfoOf(up.grpc_address());
  EXPECT_TRUE(info.has_store() && info.has_query());
  EXPECT_FALSE(info.has_rules() || info.has_status());
  EXPECT_EQ(Data(up.url() + "/api/v1/rules").ToString(), R"({"groups":[]})");
  EXPECT_EQ(Data(up.url() + "/api/v1/status/tsdb")["headStats"]["numSeries"].IntOr(-1), 0);
  EXPECT_EQ(Data(up.url() + "/api/v1/query?query=1")["resultType"].StringOr(""), "scalar");
}

TEST_F(FleetTest, WrongConfigurationsDoNotStart) {
  const auto start = [&](const QueryConfig& config) {
    MetricsRegistry registry;
    Process process{.log = kSilent, .registry = registry, .shutdown = shutdown_};
    QueryConfig with_ports = config;
    with_ports.server = AnyPorts();
    QueryRole role(with_ports, process);
    return role.Start();
  };
  QueryConfig strict_dns;
  strict_dns.endpoints.strict_addresses = {"dns+a:1"};
  EXPECT_THAT(start(strict_dns).ToString(), HasSubstr("dns+a:1 is a dynamically specified endpoint"));
  QueryConfig bad_label;
  bad_label.selector_labels = {"nonsense"};
  EXPECT_THAT(start(bad_label).ToString(), HasSubstr("nonsense"));
  QueryConfig bad_metric_label;
  bad_metric_label.endpoints.connection_metric_labels = {"address"};
  EXPECT_THAT(start(bad_metric_label).ToString(), HasSubstr("use external_labels, store_type or ip_port"));
  QueryConfig bad_yaml;
  bad_yaml.endpoints.sd_config = "endpoints: 7";
  EXPECT_TRUE(absl::IsInvalidArgument(start(bad_yaml)));
}

}  // namespace
}  // namespace varve
