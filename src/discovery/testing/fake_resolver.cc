#include "discovery/testing/fake_resolver.h"

#include "base/status_macros.h"

namespace varve {

absl::StatusOr<std::vector<std::string>> FakeResolver::LookupHost(const Context&, const std::string& host, AddressFamily family) {
  VARVE_RETURN_IF_ERROR(failure);
  if (family == AddressFamily::kIpV6) VARVE_RETURN_IF_ERROR(v6_failure);
  std::vector<std::string> addresses = hosts[host];
  std::erase_if(addresses, [family](const std::string& address) {
    const bool is_v6 = address.find(':') != std::string::npos;
    return (family == AddressFamily::kIpV4 && is_v6) || (family == AddressFamily::kIpV6 && !is_v6);
  });
  return addresses;
}

absl::StatusOr<std::vector<SrvRecord>> FakeResolver::LookupSrv(const Context&, const std::string& name) {
  VARVE_RETURN_IF_ERROR(failure);
  return services[name];
}

}  // namespace varve
