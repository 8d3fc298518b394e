// What the prefixes of addresses in flags and files mean.
//
//   dns+host:port            the A and AAAA records of host; the port is required
//   dnsdualstack+host:port   likewise, IPv6 first; one family may fail
//   dnssrv+name[:port]       the SRV records of name, then the addresses of their targets
//   dnssrvnoa+name[:port]    the SRV records of name; their targets as they are
//
// Shape    an explicit port wins over those of SRV records. "scheme//" in front of the name is put in front of every address.
// Errors   InvalidArgument for an unknown prefix or a missing port, otherwise the resolver's.
// Source   thanos pkg/discovery/dns/{resolver,provider}.go.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "discovery/dns_resolver.h"

namespace varve {

// True for an address with such a prefix, known or not; others are taken as they are.
bool IsDnsAddress(std::string_view address);

// host:port addresses, in the order the records came.
absl::StatusOr<std::vector<std::string>> LookupAddresses(const Context& ctx, DnsResolver& resolver, std::string_view address);

}  // namespace varve
