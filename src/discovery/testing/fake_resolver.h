// DNS answers from a table.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "discovery/dns_resolver.h"

namespace varve {

class FakeResolver : public DnsResolver {
 public:
  absl::StatusOr<std::vector<std::string>> LookupHost(const Context& ctx, const std::string& host, AddressFamily family) override;
  absl::StatusOr<std::vector<SrvRecord>> LookupSrv(const Context& ctx, const std::string& name) override;

  std::map<std::string, std::vector<std::string>> hosts;
  std::map<std::string, std::vector<SrvRecord>> services;
  absl::Status failure;     // of every question
  absl::Status v6_failure;  // of questions for IPv6 alone
};

}  // namespace varve
