#include "store/endpoint_provider.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/status_macros.h"
#include "discovery/dns_lookup.h"

namespace varve {
namespace {

auto Key(const TlsClientConfig& tls) {
  return std::tie(tls.ca_file, tls.cert_file, tls.key_file, tls.server_name, tls.insecure_skip_verify, tls.min_version);
}

bool SameTls(const std::optional<TlsClientConfig>& a, const std::optional<TlsClientConfig>& b) {
  return a.has_value() == b.has_value() && (!a.has_value() || Key(*a) == Key(*b));
}

}  // namespace

bool operator==(const EndpointSpec& a, const EndpointSpec& b) {
  return a.address == b.address && a.targets == b.targets && a.strict == b.strict && a.service_config == b.service_config &&
         SameTls(a.tls, b.tls);
}

EndpointProvider::EndpointProvider(DnsResolver& resolver, Files& files, MetricsRegistry& registry, Logger logger,
                                   EndpointProviderOptions options)
    : logger_(std::move(logger)),
      options_(std::move(options)),
      addresses_(
          resolver, registry, logger_,
          {fmt::format("thanos_{}_endpoints_", options_.component), fmt::format("thanos_{}_store_apis_", options_.component)}),
      groups_(resolver, registry, logger_, {fmt::format("thanos_{}_endpoint_groups_", options_.component)}),
      files_(files, options_.sd_files),
      duplicates_(NewCounter(registry, fmt::format("thanos_{}_duplicated_endpoint_addresses_total", options_.component),
                             "The number of times a duplicated endpoint addresses is detected from the different configs")),
      duplicates_before_(NewCounter(registry, fmt::format("thanos_{}_duplicated_store_addresses_total", options_.component),
                                    "The number of times a duplicated store addresses is detected from the different configs")) {}

absl::Status EndpointProvider::SetConfig(EndpointsConfig config) {
  VARVE_RETURN_IF_ERROR(CheckEndpoints(config.endpoints));
  VARVE_RETURN_IF_ERROR(CheckEndpoints(options_.endpoints));
  MutexLock lock(mutex_);
  config_ = std::move(config);
  return absl::OkStatus();
}

std::vector<EndpointConfig> EndpointProvider::AllEndpoints() const {
  MutexLock lock(mutex_);
  std::vector<EndpointConfig> all = config_.endpoints;
  all.insert(all.end(), options_.endpoints.begin(), options_.endpoints.end());
  return all;
}

bool EndpointProvider::ReadFiles() {
  const std::vector<std::string> before = files_.Targets();
  if (const absl::Status read = files_.Refresh(); !read.ok()) logger_.Error("reading file SD failed", {{"err", read}});
  return files_.Targets() != before;
}

absl::Status EndpointProvider::Resolve(const Context& ctx) {
  MutexLock lock(resolving_);
  std::vector<std::string> names = files_.Targets(), groups;
  for (const EndpointConfig& endpoint : AllEndpoints()) {
    if (IsDnsAddress(endpoint.address)) (endpoint.group ? groups : names).push_back(endpoint.address);
  }
  const absl::Status found_addresses = addresses_.Resolve(ctx, names);  // logged and counted there
  const absl::Status found_groups = groups_.Resolve(ctx, groups);
  return found_addresses.ok() ? found_groups : found_addresses;
}

std::optional<TlsClientConfig> EndpointProvider::TlsOf(const EndpointClientConfig& client) const {
  return client.tls_enabled.has_value() ? client.tls : options_.tls;
}

void EndpointProvider::Add(EndpointSpec spec, std::vector<EndpointSpec>& specs) {
  const auto same =
      std::find_if(specs.begin(), specs.end(), [&](const EndpointSpec& one) { return one.address == spec.address; });
  if (same == specs.end()) return specs.push_back(std::move(spec));
  logger_.Warn("Duplicate endpoint address is provided", {{"addr", spec.address}});
  duplicates_.Increment();
  duplicates_before_.Increment();
  *same = std::move(spec);
}

std::vector<EndpointSpec> EndpointProvider::Specs() {
  EndpointClientConfig default_client;
  {
    MutexLock lock(mutex_);
    default_client = config_.default_client;
  }
  std::vector<EndpointSpec> specs;
  for (const EndpointConfig& endpoint : AllEndpoints()) {
    if (IsDnsAddress(endpoint.address) && !endpoint.group) continue;
    const EndpointClientConfig& client = endpoint.client.tls_enabled.has_value() ? endpoint.client : default_client;
    EndpointSpec spec = {
        .address = endpoint.address, .strict = endpoint.strict, .service_config = endpoint.service_config, .tls = TlsOf(client)};
    if (endpoint.group && IsDnsAddress(endpoint.address)) {
      spec.targets = groups_.AddressesOf(endpoint.address);
      if (spec.targets.empty()) continue;  // nobody there
    }
    Add(std::move(spec), specs);
  }
  // What DNS and files name uses the default client alone.
  for (const std::string& address : addresses_.Addresses()) Add({.address = address, .tls = TlsOf(default_client)}, specs);
  return specs;
}

}  // namespace varve
