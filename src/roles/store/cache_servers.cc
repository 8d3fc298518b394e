#include "roles/store/cache_servers.h"

#include "base/status_macros.h"
#include "discovery/dns_lookup.h"
#include "net/address.h"

namespace varve {
namespace {

constexpr std::chrono::seconds kFirstLookup(5);

std::vector<std::string> NamesOf(const CacheConfig& config) {
  std::vector<std::string> names;
  for (const std::string& address : config.addresses) names.push_back(IsDnsAddress(address) ? address : "dns+" + address);
  return names;
}

}  // namespace

CacheServers::CacheServers(const CacheConfig& config, Process& process)
    : names_(NamesOf(config)),
      log_(process.log),
      resolver_(NewDnsResolver(DnsOptionsFromEnvironment())),
      list_(*resolver_, process.registry, process.log, {config.type == CacheType::kRedis ? "varve_redis_" : "thanos_memcached_"}),
      task_("cache-servers", process.clock, std::chrono::milliseconds(config.dns_interval_ms),
            [this](const Context& ctx) { list_.Resolve(ctx, names_).IgnoreError(); }) {}

absl::Status CacheServers::Start() {
  const absl::Status status = list_.Resolve(Context().WithTimeout(kFirstLookup), names_);
  if (absl::IsInvalidArgument(status)) return status;
  if (!status.ok()) log_.Warn("a cache server could not be looked up; the cache is empty until it can", {{"err", status}});
  task_.StartAfterInterval();
  return absl::OkStatus();
}

}  // namespace varve
