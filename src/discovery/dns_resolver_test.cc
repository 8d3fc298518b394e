// The resolver against a real name server, Debian's dnsmasq, on a high port of 127.0.0.1.
#include "discovery/dns_resolver.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "base/errors.h"
#include "discovery/dns_lookup.h"
#include "runtime/files.h"

extern char** environ;

namespace varve {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr char kDnsmasq[] = "/usr/sbin/dnsmasq";

// A port nobody listens on at the moment.
uint16_t FreeUdpPort() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
  EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length), 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

class DnsmasqTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!FileExists(RealFiles(), kDnsmasq)) return;
    port_ = FreeUdpPort();
    const std::string directory = testing::TempDir() + fmt::format("dnsmasq-{}", ::getpid());
    ASSERT_TRUE(RealFiles().MakeDirectories(directory).ok());
    const std::string hosts = directory + "/hosts", config = directory + "/dnsmasq.conf";
    ASSERT_TRUE(RealFiles()
                    .WriteAtomically(hosts, AsBytes("127.0.0.11 p0.store.test\n127.0.0.12 p1.store.test\n"
                                                    "127.0.0.11 store.test\n127.0.0.12 store.test\nfd00::7 store.test\n"))
                    .ok());
    ASSERT_TRUE(RealFiles()
                    .WriteAtomically(
                        config, AsBytes(fmt::format(
                                    "port={}\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\nlocal=/test/"
                                    "\npid-file=\nkeep-in-foreground\n"
                                    "cache-size=0\naddn-hosts={}\nuser={}\nsrv-host=_grpc._tcp.store.test,p0.store.test,10901\n"
                                    "srv-host=_grpc._tcp.store.test,p1.store.test,10902\n",
                                    port_, hosts, ::getuid() == 0 ? "root" : "")))
                    .ok());
    std::string program = kDnsmasq, option = "-C" + config;
    char* arguments[] = {program.data(), option.data(), nullptr};
    ASSERT_EQ(::posix_spawn(&pid_, kDnsmasq, nullptr, nullptr, arguments, environ), 0);
    const auto resolver = NewDnsResolver(Options());
    for (int i = 0; i < 100; ++i) {
      if (const auto found = resolver->LookupHost(Context(), "store.test", AddressFamily::kIpV4); found.ok() && !found->empty())
        return;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    FAIL() << "dnsmasq did not answer";
  }
  static void TearDownTestSuite() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  void SetUp() override {
    if (pid_ <= 0) GTEST_SKIP() << kDnsmasq << " is not installed";
  }
  static DnsOptions Options() { return {.servers = fmt::format("127.0.0.1:{}", port_), .timeout_ms = 500}; }

  static inline pid_t pid_ = 0;
  static inline uint16_t port_ = 0;
  std::unique_ptr<DnsResolver> resolver_ = NewDnsResolver(Options());
};

TEST_F(DnsmasqTest, Hosts) {
  EXPECT_THAT(*resolver_->LookupHost(Context(), "store.test", AddressFamily::kIpV4), ElementsAre("127.0.0.11", "127.0.0.12"));
  EXPECT_THAT(*resolver_->LookupHost(Context(), "store.test", AddressFamily::kIpV6), ElementsAre("fd00::7"));
  EXPECT_THAT(*resolver_->LookupHost(Context(), "store.test", AddressFamily::kAny),
              ElementsAre("127.0.0.11", "127.0.0.12", "fd00::7"));
  EXPECT_THAT(*resolver_->LookupHost(Context(), "10.1.2.3", AddressFamily::kAny), ElementsAre("10.1.2.3"));
}

TEST_F(DnsmasqTest, AnUnknownNameIsAnEmptyAnswer) {
  const auto host = resolver_->LookupHost(Context(), "nowhere.test", AddressFamily::kAny);
  ASSERT_TRUE(host.ok()) << host.status();
  EXPECT_THAT(*host, IsEmpty());
  EXPECT_THAT(*resolver_->LookupSrv(Context(), "_none._tcp.store.test"), IsEmpty());
}

TEST_F(DnsmasqTest, Services) {
  EXPECT_THAT(*LookupAddresses(Context(), *resolver_, "dnssrv+_grpc._tcp.store.test"),
              UnorderedElementsAre("127.0.0.11:10901", "127.0.0.12:10902"));
  EXPECT_THAT(*LookupAddresses(Context(), *resolver_, "dnssrv+_grpc._tcp.store.test:7"),
              UnorderedElementsAre("127.0.0.11:7", "127.0.0.12:7"));
  EXPECT_THAT(*LookupAddresses(Context(), *resolver_, "dnssrvnoa+_grpc._tcp.store.test"),
              UnorderedElementsAre("p0.store.test:10901", "p1.store.test:10902"));
}

TEST(DnsResolverTest, NoServerIsAnErrorAndEndsWithItsContext) {
  const DnsOptions silent = {.servers = fmt::format("127.0.0.1:{}", FreeUdpPort()), .timeout_ms = 20, .tries = 1};
  EXPECT_TRUE(absl::IsUnavailable(NewDnsResolver(silent)->LookupSrv(Context(), "_a._tcp.b.test").status()));
  const Context ctx = Context().WithTimeout(std::chrono::milliseconds(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_TRUE(absl::IsDeadlineExceeded(NewDnsResolver({.servers = "192.0.2.1"})->LookupSrv(ctx, "_a._tcp.b.test").status()));
}

}  // namespace
}  // namespace varve
