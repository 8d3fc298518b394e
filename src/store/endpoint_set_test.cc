#include "store/endpoint_set.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/errors.h"
#include "discovery/testing/fake_resolver.h"
#include "net/grpc_server.h"
#include "store/grpc_store_server.h"
#include "store/testing/fake_store.h"

namespace varve {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const Logger kSilent(LogLevel::kError, LogFormat::kLogfmt, [](std::string_view) {});

// A gRPC server with a store whose introduction a test chooses.
class FakeEndpoint {
 public:
  explicit FakeEndpoint(std::string component, std::vector<Labels> label_sets = {}) {
    store_.info() = {.component = std::move(component), .label_sets = std::move(label_sets), .range = {10, 20}};
    server_ = *GrpcServer::Start({.address = "127.0.0.1:0"}, {&store_service_, &info_service_}, nullptr);
  }
  std::string address() const { return fmt::format("127.0.0.1:{}", server_->port()); }
  void Stop() { server_->Stop(milliseconds(0)); }
  FakeStore& store() { return store_; }

  absl::Status not_ready;
  bool has_store = true;

 private:
  FakeStore store_;
  Executor executor_{"endpoint", 2};
  GrpcStoreService store_service_{store_, executor_};
  GrpcInfoService info_service_{[this]() -> absl::StatusOr<EndpointInfo> {
    if (!not_ready.ok()) return not_ready;
    EndpointInfo info = {.component = store_.info().component, .rules = true};
    if (has_store) info.store = store_.info();
    return info;
  }};
  std::unique_ptr<GrpcServer> server_;
};

class EndpointSetTest : public testing::Test {
 protected:
  EndpointSet& Set() {
    if (set_ == nullptr) {
      options_.info_timeout = milliseconds(300);
      set_ = std::make_unique<EndpointSet>([this] { return specs_; }, clock_, registry_, kSilent, options_);
    }
    return *set_;
  }
  std::vector<std::string> Addresses(const std::vector<StoreEndpoint>& stores) {
    std::vector<std::string> addresses;
    for (const StoreEndpoint& store : stores) addresses.push_back(store.address);
    return addresses;
  }

  FakeClock clock_{1'000'000};
  MetricsRegistry registry_;
  EndpointSetOptions options_;
  std::vector<EndpointSpec> specs_;
  std::unique_ptr<EndpointSet> set_;
};

TEST_F(EndpointSetTest, LearnsWhoServesWhat) {
  FakeEndpoint sidecar("sidecar", {Labels{{"cluster", "a"}}});
  FakeEndpoint ruler("rule");
  ruler.has_store = false;
  specs_ = {{.address = sidecar.address()}, {.address = ruler.address()}};
  Set().Update(Context());
  EXPECT_TRUE(Set().WaitForFirstUpdate(Context()).ok());
  EXPECT_THAT(Addresses(Set().Stores()), ElementsAre(sidecar.address()));
  EXPECT_EQ(*Set().Stores()[0].store->Info(), sidecar.store().info());
  EXPECT_THAT(Set().Live(), SizeIs(2));
  const auto statuses = Set().Statuses();
  ASSERT_THAT(statuses, SizeIs(2));
  EXPECT_THAT(MetricsAsText(registry_),
              HasSubstr(R"(thanos_store_nodes_grpc_connections{external_labels="{cluster=\"a\"}",store_type="sidecar"} 1)"));
  EXPECT_THAT(MetricsAsText(registry_), HasSubstr(R"({external_labels="no_external_labels",store_type="rule"} 1)"));
}

// An address that takes connections and never says anything holds up the first round, and no other.
TEST_F(EndpointSetTest, NobodyWaitsForTheSilent) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in mute{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof(mute);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&mute), size), 0);
  ASSERT_EQ(::listen(listener, 16), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&mute), &size), 0);
  FakeEndpoint store("store");
  specs_ = {{.address = fmt::format("127.0.0.1:{}", ntohs(mute.sin_port))}, {.address = store.address()}};
  const auto took = [this] {
    const auto began = std::chrono::steady_clock::now();
    Set().Update(Context());
    return std::chrono::steady_clock::now() - began;
  };
  EXPECT_GE(took(), milliseconds(300));
  EXPECT_THAT(Addresses(Set().Stores()), ElementsAre(store.address()));
  // Were it waited for, each of these would take as long.
  std::chrono::nanoseconds longest_of_best = std::chrono::hours(1);
  for (int round = 0; round < 5; ++round) longest_of_best = std::min<std::chrono::nanoseconds>(longest_of_best, took());
  EXPECT_LT(longest_of_best, milliseconds(300));
  EXPECT_THAT(Addresses(Set().Stores()), ElementsAre(store.address()));
  set_.reset();
  ::close(listener);
}

TEST_F(EndpointSetTest, AFailingEndpointIsNotAskedAndThenDropped) {
  FakeEndpoint store("store");
  specs_ = {{.address = store.address()}};
  Set().Update(Context());
  ASSERT_THAT(Set().Stores(), SizeIs(1));
  store.not_ready = Unavailable("Not ready");
  clock_.Advance(std::chrono::seconds(5));
  Set().Update(Context());
  EXPECT_THAT(Set().Stores(), IsEmpty());
  ASSERT_THAT(Set().Statuses(), SizeIs(1));
  EXPECT_THAT(Message(Set().Statuses()[0].last_error), HasSubstr("Not ready"));
  EXPECT_EQ(Set().Statuses()[0].last_check, 1'000'000);
  EXPECT_THAT(MetricsAsText(registry_), Not(HasSubstr("store_type=\"store\"")));
  clock_.Advance(std::chrono::minutes(5));
  Set().Update(Context());
  EXPECT_THAT(Set().Statuses(), IsEmpty());
  store.not_ready = absl::OkStatus();
  Set().Update(Context());
  EXPECT_THAT(Set().Stores(), SizeIs(1));
}

TEST_F(EndpointSetTest, AStrictEndpointIsAlwaysAsked) {
  specs_ = {{.address = "127.0.0.1:1", .strict = true}, {.address = "127.0.0.1:2"}};
  Set().Update(Context());
  EXPECT_THAT(Addresses(Set().Stores()), ElementsAre("127.0.0.1:1"));
  EXPECT_EQ(Set().Stores()[0].store->Info()->range, QueryRange());
  clock_.Advance(std::chrono::hours(1));
  Set().Update(Context());
  EXPECT_THAT(Addresses(Set().Stores()), ElementsAre("127.0.0.1:1"));
}

TEST_F(EndpointSetTest, ADroppedEndpointServesWhoStillHoldsIt) {
  FakeEndpoint store("store");
  store.store().series = {FakeSeries(Labels{{"__name__", "up"}}, {{15, 1}})};
  specs_ = {{.address = store.address()}};
  Set().Update(Context());
  const std::vector<StoreEndpoint> held = Set().Stores();
  specs_.clear();
  Set().Update(Context());
  EXPECT_THAT(Set().Stores(), IsEmpty());
  auto set = held[0].store->Series(Context(), {.range = {0, 100}, .matchers = {Matcher::Equal("__name__", "up")}});
  ASSERT_TRUE(set.ok());
  EXPECT_THAT(DrainSeries(**set), ElementsAre("{__name__=\"up\"} [raw 15-15]"));
}

TEST_F(EndpointSetTest, AGroupIsOneEndpointWithManyMembers) {
  FakeEndpoint one("store"), two("store");
  for (FakeEndpoint* member : {&one, &two}) member->store().series = {FakeSeries(Labels{{"__name__", "up"}}, {{15, 1}})};
  specs_ = {{.address = "dns+store:1", .targets = {one.address(), two.address()}}};
  Set().Update(Context());
  ASSERT_THAT(Addresses(Set().Stores()), ElementsAre("dns+store:1"));
  const auto ask = [&] {
    auto set = Set().Stores()[0].store->Series(Context(), {.range = {0, 100}, .matchers = {Matcher::Equal("__name__", "up")}});
    return set.ok() && DrainSeries(**set).size() == 1;
  };
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(ask());
  EXPECT_FALSE(one.store().requests().empty());
  EXPECT_FALSE(two.store().requests().empty());
}

class EndpointProviderTest : public testing::Test {
 protected:
  std::vector<std::string> Describe(EndpointProvider& provider) {
    std::vector<std::string> lines;
    for (const EndpointSpec& spec : provider.Specs()) {
      lines.push_back(fmt::format("{}{}{}{}", spec.address, spec.strict ? " strict" : "", spec.tls.has_value() ? " tls" : "",
                                  spec.targets.empty() ? "" : fmt::format(" {}", fmt::join(spec.targets, ","))));
    }
    return lines;
  }
  FakeResolver resolver_;
  MetricsRegistry registry_;
};

TEST_F(EndpointProviderTest, FlagsConfigFilesAndDns) {
  const std::string path = testing::TempDir() + "endpoint_provider.yml";
  ASSERT_TRUE(RealFiles().WriteAtomically(path, AsBytes("- targets: ['file:1', 'dns+store:1']\n")).ok());
  resolver_.hosts = {{"store", {"10.0.0.1", "10.0.0.2"}}, {"group", {"10.0.1.1", "10.0.1.2"}}};
  EndpointProvider provider(resolver_, RealFiles(), registry_, kSilent,
                            {.endpoints = {{.address = "flag:1"}, {.address = "strict:1", .strict = true}}, .sd_files = {path}});
  const auto config = ParseEndpointsConfig(R"(
default_client_config: {tls_config: {ca_file: ca.pem}}
endpoints:
- {address: "dns+group:2", group: true}
- {address: "plain:1", client_config: {tls_config: {enabled: false}}}
- {address: "flag:1"}
some_future_key: 1
)");
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_TRUE(provider.SetConfig(*config).ok());
  provider.ReadFiles();
  EXPECT_TRUE(provider.Resolve(Context()).ok());
  EXPECT_THAT(Describe(provider), ElementsAre("dns+group:2 tls 10.0.1.1:2,10.0.1.2:2", "plain:1", "flag:1 tls",
                                              "strict:1 strict tls", "10.0.0.1:1 tls", "10.0.0.2:1 tls", "file:1 tls"));
  EXPECT_THAT(MetricsAsText(registry_), HasSubstr("thanos_query_duplicated_endpoint_addresses_total 1"));
}

TEST_F(EndpointProviderTest, RefusesWhatThanosRefuses) {
  EXPECT_THAT(Message(ParseEndpointsConfig("endpoints: [{address: 'dns+a:1', strict: true}]").status()),
              HasSubstr("not permitted under strict mode"));
  EXPECT_THAT(Message(ParseEndpointsConfig("endpoints: [{address: 'a:1', service_config: '{}'}]").status()),
              HasSubstr("only valid for endpoint groups"));
  EXPECT_FALSE(ParseEndpointsConfig("endpoints: [{strict: true}]").ok());
  EXPECT_FALSE(ParseEndpointsConfig("endpoints: [{address: 'a:1', client_config: {compression: zstd}}]").ok());
}

}  // namespace
}  // namespace varve
