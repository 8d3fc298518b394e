#include "discovery/address_list.h"

#include <set>
#include <utility>

#include "discovery/dns_lookup.h"

namespace varve {

AddressList::AddressList(DnsResolver& resolver, MetricsRegistry& registry, Logger logger,
                         const std::vector<std::string>& metric_prefixes)
    : resolver_(resolver), logger_(std::move(logger)) {
  for (const std::string& prefix : metric_prefixes) {
    metrics_.push_back({&NewCounter(registry, prefix + "dns_lookups_total", "The number of DNS lookups resolutions attempts"),
                        &NewCounter(registry, prefix + "dns_failures_total", "The number of DNS lookup failures"),
                        &NewGaugeFamily(registry, prefix + "dns_provider_results",
                                        "The number of resolved endpoints for each configured address")});
  }
}

absl::Status AddressList::Resolve(const Context& ctx, const std::vector<std::string>& addresses) {
  absl::Status first_failure;
  std::map<std::string, std::vector<std::string>> resolved;
  for (const std::string& name : addresses) {
    if (!IsDnsAddress(name)) {
      resolved[name] = {name};
      continue;
    }
    for (const Metrics& one : metrics_) one.lookups->Increment();
    absl::StatusOr<std::vector<std::string>> found = LookupAddresses(ctx, resolver_, name);
    if (found.ok()) {
      if (found->empty()) logger_.Warn("DNS lookup found no addresses", {{"addr", name}});
      resolved[name] = *std::move(found);
      continue;
    }
    for (const Metrics& one : metrics_) one.failures->Increment();
    logger_.Error("DNS lookup failed; the addresses known before are kept", {{"addr", name}, {"err", found.status()}});
    if (first_failure.ok()) first_failure = found.status();
    resolved[name] = AddressesOf(name);
  }
  std::vector<std::string> gone;
  for (const auto& [name, gauges] : result_gauges_) {
    if (!resolved.contains(name)) gone.push_back(name);
  }
  for (const std::string& name : gone) RemoveResults(name);
  for (const auto& [name, found] : resolved) SetResults(name, found.size());
  MutexLock lock(mutex_);
  resolved_ = std::move(resolved);
  return first_failure;
}

void AddressList::SetResults(const std::string& name, size_t count) {
  std::vector<Gauge*>& gauges = result_gauges_[name];
  if (gauges.empty()) {
    for (const Metrics& one : metrics_) gauges.push_back(&one.results->Add({{"addr", name}}));
  }
  for (Gauge* gauge : gauges) gauge->Set(static_cast<double>(count));
}

void AddressList::RemoveResults(const std::string& name) {
  const auto found = result_gauges_.find(name);
  for (size_t i = 0; i < metrics_.size(); ++i) metrics_[i].results->Remove(found->second[i]);
  result_gauges_.erase(found);
}

std::vector<std::string> AddressList::Addresses() const {
  MutexLock lock(mutex_);
  std::set<std::string> all;
  for (const auto& [name, addresses] : resolved_) all.insert(addresses.begin(), addresses.end());
  return {all.begin(), all.end()};
}

std::vector<std::string> AddressList::AddressesOf(const std::string& name) const {
  MutexLock lock(mutex_);
  const auto found = resolved_.find(name);
  return found == resolved_.end() ? std::vector<std::string>() : found->second;
}

}  // namespace varve
