#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/errors.h"
#include "discovery/address_list.h"
#include "discovery/dns_lookup.h"
#include "discovery/file_discovery.h"
#include "discovery/testing/fake_resolver.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class DnsLookupTest : public testing::Test {
 protected:
  DnsLookupTest() {
    resolver_.hosts = {{"store", {"10.0.0.1", "10.0.0.2", "fd00::1"}}, {"p0.store", {"10.0.0.1"}}, {"p1.store", {"10.0.0.2"}}};
    resolver_.services = {{"_grpc._tcp.store", {{"p0.store", 10901}, {"p1.store", 10902}}}};
  }
  std::vector<std::string> Lookup(std::string_view address) {
    const auto found = LookupAddresses(Context(), resolver_, address);
    return found.ok() ? *found : std::vector<std::string>{std::string(Message(found.status()))};
  }
  FakeResolver resolver_;
};

TEST_F(DnsLookupTest, PrefixesAndPorts) {
  EXPECT_THAT(Lookup("dns+store:10901"), ElementsAre("10.0.0.1:10901", "10.0.0.2:10901", "[fd00::1]:10901"));
  EXPECT_THAT(Lookup("dnsdualstack+store:1"), ElementsAre("[fd00::1]:1", "10.0.0.1:1", "10.0.0.2:1"));
  EXPECT_THAT(Lookup("dnssrv+_grpc._tcp.store"), ElementsAre("10.0.0.1:10901", "10.0.0.2:10902"));
  EXPECT_THAT(Lookup("dnssrv+_grpc._tcp.store:9"), ElementsAre("10.0.0.1:9", "10.0.0.2:9"));
  EXPECT_THAT(Lookup("dnssrvnoa+_grpc._tcp.store"), ElementsAre("p0.store:10901", "p1.store:10902"));
  EXPECT_THAT(Lookup("dnssrvnoa+_grpc._tcp.store:9"), ElementsAre("p0.store:9", "p1.store:9"));
  EXPECT_THAT(Lookup("dns+http://p0.store:80"), ElementsAre("http://10.0.0.1:80"));
  EXPECT_THAT(Lookup("dns+nowhere:1"), IsEmpty());
}

TEST_F(DnsLookupTest, Mistakes) {
  EXPECT_THAT(Lookup("dns+store"), ElementsAre("missing port in address given for dns lookup: store"));
  EXPECT_THAT(Lookup("dnsdualstack+store"), ElementsAre("missing port in address given for dnsdualstack lookup: store"));
  EXPECT_THAT(Lookup("dnsx+store:1"), ElementsAre(HasSubstr("invalid lookup scheme \"dnsx\"")));
  EXPECT_FALSE(IsDnsAddress("store:1"));
  EXPECT_TRUE(IsDnsAddress("dnssrv+store"));
}

TEST_F(DnsLookupTest, OneFamilyOfTwoMayFail) {
  resolver_.v6_failure = Unavailable("SERVFAIL");
  EXPECT_THAT(Lookup("dnsdualstack+store:1"), ElementsAre("10.0.0.1:1", "10.0.0.2:1"));
  EXPECT_THAT(Lookup("dnsdualstack+nowhere:1"), ElementsAre("SERVFAIL"));
}

TEST(AddressListTest, KeepsWhatItKnewWhenALookupFails) {
  FakeResolver resolver;
  MetricsRegistry registry;
  AddressList list(resolver, registry, Logger(LogLevel::kError, LogFormat::kLogfmt, [](std::string_view) {}),
                   {"thanos_query_endpoints_", "thanos_query_store_apis_"});
  resolver.hosts["store"] = {"10.0.0.1", "10.0.0.2"};
  const std::vector<std::string> names = {"10.9.9.9:1", "dns+store:1"};
  EXPECT_TRUE(list.Resolve(Context(), names).ok());
  EXPECT_THAT(list.Addresses(), ElementsAre("10.0.0.1:1", "10.0.0.2:1", "10.9.9.9:1"));
  resolver.failure = Unavailable("no server");
  EXPECT_FALSE(list.Resolve(Context(), names).ok());
  EXPECT_THAT(list.AddressesOf("dns+store:1"), ElementsAre("10.0.0.1:1", "10.0.0.2:1"));
  for (const std::string_view prefix : {"thanos_query_endpoints_", "thanos_query_store_apis_"}) {
    EXPECT_THAT(MetricsAsText(registry), HasSubstr(fmt::format("{}dns_lookups_total 2", prefix)));
    EXPECT_THAT(MetricsAsText(registry), HasSubstr(fmt::format("{}dns_failures_total 1", prefix)));
    EXPECT_THAT(MetricsAsText(registry), HasSubstr(fmt::format("{}dns_provider_results{{addr=\"dns+store:1\"}} 2", prefix)));
  }
  resolver.failure = absl::OkStatus();
  resolver.hosts.clear();  // the name is gone: that is an answer
  EXPECT_TRUE(list.Resolve(Context(), {"dns+store:1"}).ok());
  EXPECT_THAT(list.Addresses(), IsEmpty());
  EXPECT_THAT(MetricsAsText(registry), Not(HasSubstr("10.9.9.9")));
}

TEST(TargetGroupsTest, YamlAndJson) {
  const std::vector<TargetGroup> expected = {{{"a:1", "dns+b:2"}, {{"zone", "x"}}, "t.yml:0"}, {{"c:3"}, {}, "t.yml:1"}};
  EXPECT_EQ(*ParseTargetGroups("- targets: [a:1, dns+b:2]\n  labels: {zone: x}\n- targets: ['c:3']\n", "t.yml"), expected);
  EXPECT_EQ(
      ParseTargetGroups(R"([{"targets": ["a:1", "dns+b:2"], "labels": {"zone": "x"}}, {"targets": ["c:3"]}])", "t.json")->size(),
      2);
  EXPECT_TRUE(ParseTargetGroups("", "t.yaml")->empty());
  EXPECT_FALSE(ParseTargetGroups("targets: [a]", "t.yml").ok());
  EXPECT_FALSE(ParseTargetGroups("- target: [a]", "t.yml").ok());
  EXPECT_FALSE(ParseTargetGroups("- targets: [a]", "t.txt").ok());
}

TEST(FileDiscoveryTest, FollowsItsFiles) {
  Files& files = RealFiles();
  const std::string directory = testing::TempDir() + "file_discovery_test";
  ASSERT_TRUE(files.RemoveTree(directory).ok());
  ASSERT_TRUE(files.MakeDirectories(directory).ok());
  const auto write = [&](const std::string& name, std::string_view text) {
    ASSERT_TRUE(files.WriteAtomically(JoinPath(directory, name), AsBytes(text)).ok());
  };
  FileDiscovery discovery(files, {directory + "/*.yml", directory + "/fixed.json"});
  EXPECT_TRUE(discovery.Refresh().ok());
  EXPECT_THAT(discovery.Targets(), IsEmpty());
  write("a.yml", "- targets: [a:1]\n");
  write("fixed.json", R"([{"targets": ["f:1"]}])");
  EXPECT_TRUE(discovery.Refresh().ok());
  EXPECT_THAT(discovery.Targets(), ElementsAre("a:1", "f:1"));
  write("a.yml", "- targets: [a:1, another:2]\n");
  EXPECT_TRUE(discovery.Refresh().ok());
  EXPECT_THAT(discovery.Targets(), ElementsAre("a:1", "another:2", "f:1"));
  write("a.yml", "- targets: [broken");
  EXPECT_FALSE(discovery.Refresh().ok());
  EXPECT_THAT(discovery.Targets(), ElementsAre("a:1", "another:2", "f:1"));
  ASSERT_TRUE(files.Remove(directory + "/fixed.json").ok());
  write("a.yml", "- targets: [a:3, and:more]\n");
  EXPECT_TRUE(discovery.Refresh().ok());
  EXPECT_THAT(discovery.Targets(), ElementsAre("a:3", "and:more"));
}

}  // namespace
}  // namespace varve
