#include "discovery/dns_lookup.h"

#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

struct Name {
  std::string scheme;  // with its "//"; usually empty
  std::string host;
  std::string port;  // empty: none given
};

// As Go's net.SplitHostPort, except that without a port everything is the host.
Name ParseName(std::string_view text) {
  Name name;
  if (const size_t slashes = text.find("//"); slashes != std::string_view::npos) {
    name.scheme = text.substr(0, slashes + 2);
    text.remove_prefix(slashes + 2);
  }
  const size_t colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  const bool has_port =
      colon != std::string_view::npos && (bracketed ? colon > 0 && text[colon - 1] == ']' : text.find(':') == colon);
  std::string_view host = has_port ? text.substr(0, colon) : text;
  if (bracketed && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  name.host = host;
  if (has_port) name.port = text.substr(colon + 1);
  return name;
}

std::string Join(const Name& name, std::string_view host, std::string_view port) {
  const bool is_v6 = host.find(':') != std::string_view::npos;
  return fmt::format(fmt::runtime(is_v6 ? "{}[{}]:{}" : "{}{}:{}"), name.scheme, host, port);
}

using Addresses = absl::StatusOr<std::vector<std::string>>;

absl::Status RequirePort(const Name& name, std::string_view kind) {
  if (!name.port.empty()) return absl::OkStatus();
  return InvalidArgument("missing port in address given for {} lookup: {}", kind, name.host);
}

Addresses OfHost(const Context& ctx, DnsResolver& resolver, const Name& name) {
  VARVE_RETURN_IF_ERROR(RequirePort(name, "dns"));
  VARVE_ASSIGN_OR_RETURN(std::vector<std::string> addresses, resolver.LookupHost(ctx, name.host, AddressFamily::kAny));
  for (std::string& address : addresses) address = Join(name, address, name.port);
  return addresses;
}

Addresses OfBothFamilies(const Context& ctx, DnsResolver& resolver, const Name& name) {
  VARVE_RETURN_IF_ERROR(RequirePort(name, "dnsdualstack"));
  std::vector<std::string> addresses;
  absl::Status failure;
  for (const AddressFamily family : {AddressFamily::kIpV6, AddressFamily::kIpV4}) {
    const Addresses found = resolver.LookupHost(ctx, name.host, family);
    if (!found.ok()) {
      failure = found.status();
      continue;
    }
    for (const std::string& address : *found) addresses.push_back(Join(name, address, name.port));
  }
  if (addresses.empty() && !failure.ok()) return failure;
  return addresses;
}

Addresses OfService(const Context& ctx, DnsResolver& resolver, const Name& name, bool resolve_targets) {
  VARVE_ASSIGN_OR_RETURN(const std::vector<SrvRecord> records, resolver.LookupSrv(ctx, name.host));
  std::vector<std::string> addresses;
  for (const SrvRecord& record : records) {
    const std::string port = name.port.empty() ? std::to_string(record.port) : name.port;
    if (!resolve_targets) {
      addresses.push_back(Join(name, record.target, port));
      continue;
    }
    VARVE_ASSIGN_OR_RETURN(const std::vector<std::string> hosts, resolver.LookupHost(ctx, record.target, AddressFamily::kAny));
    for (const std::string& host : hosts) addresses.push_back(Join(name, host, port));
  }
  return addresses;
}

}  // namespace

bool IsDnsAddress(std::string_view address) { return address.find('+') != std::string_view::npos; }

Addresses LookupAddresses(const Context& ctx, DnsResolver& resolver, std::string_view address) {
  const size_t plus = address.find('+');
  const std::string_view kind = plus == std::string_view::npos ? std::string_view() : address.substr(0, plus);
  const Name name = ParseName(address.substr(plus == std::string_view::npos ? 0 : plus + 1));
  if (kind == "dns") return OfHost(ctx, resolver, name);
  if (kind == "dnsdualstack") return OfBothFamilies(ctx, resolver, name);
  if (kind == "dnssrv") return OfService(ctx, resolver, name, true);
  if (kind == "dnssrvnoa") return OfService(ctx, resolver, name, false);
  return InvalidArgument("invalid lookup scheme \"{}\" in \"{}\": use dns, dnssrv, dnssrvnoa or dnsdualstack", kind, address);
}

}  // namespace varve
