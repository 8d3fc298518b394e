// DNS questions, asked of the servers in /etc/resolv.conf or of given ones.
//
// Shape    each call blocks until it has its answer. A name that does not exist, or has no such records, is an empty answer.
// Errors   Unavailable when no server answers or one answers with an error, naming the question; Cancelled and DeadlineExceeded
// when
//          the context ends.
// Threads  share freely.
// Source   thanos pkg/discovery/dns/{miekgdns,godns}; c-ares.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/context.h"

namespace varve {

enum class AddressFamily { kAny, kIpV4, kIpV6 };

struct SrvRecord {
  std::string target;  // without its final dot
  uint16_t port = 0;
};

class DnsResolver {
 public:
  virtual ~DnsResolver() = default;
  // Also of names in /etc/hosts and of addresses themselves. Sorted.
  virtual absl::StatusOr<std::vector<std::string>> LookupHost(const Context& ctx, const std::string& host,
                                                              AddressFamily family) = 0;
  virtual absl::StatusOr<std::vector<SrvRecord>> LookupSrv(const Context& ctx, const std::string& name) = 0;
};

struct DnsOptions {
  std::string servers;    // "10.0.0.10,127.0.0.1:15353"; empty: as /etc/resolv.conf says
  int timeout_ms = 2000;  // of the first try
  int tries = 3;
};
// The environment variable VARVE_DNS_SERVERS sets the servers, for tests.
DnsOptions DnsOptionsFromEnvironment();

std::unique_ptr<DnsResolver> NewDnsResolver(DnsOptions options);

}  // namespace varve
