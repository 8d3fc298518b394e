// A list of addresses as flags and files give them, with what the DNS names among them stood for when they were last asked.
//
//   AddressList endpoints(resolver, registry, logger, {"thanos_query_endpoints_"});
//   endpoints.Resolve(ctx, {"10.0.0.7:10901", "dnssrv+_grpc._tcp.store.svc"});     // again every 30 s
//   for (const std::string& address : endpoints.Addresses()) ...
//
//   <prefix>dns_lookups_total, dns_failures_total, dns_provider_results{addr}
//
// Shape    a lookup that fails keeps what the name stood for before; one that finds nothing clears it. Names no longer in the
// list go. Errors   a failed lookup is logged and counted, and the first one is the answer of Resolve. Threads  Resolve from one
// thread at a time, the rest from many. Source   thanos pkg/discovery/dns/provider.go.
#pragma once

#include <absl/status/status.h>

#include <map>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "discovery/dns_resolver.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

namespace varve {

class AddressList {
 public:
  // Metrics come under every one of the prefixes: names have changed between releases, and dashboards know either. The resolver
  // and the registry outlive the list.
  AddressList(DnsResolver& resolver, MetricsRegistry& registry, Logger logger, const std::vector<std::string>& metric_prefixes);

  absl::Status Resolve(const Context& ctx, const std::vector<std::string>& addresses);

  std::vector<std::string> Addresses() const;  // of all names; sorted, each once
  std::vector<std::string> AddressesOf(const std::string& name) const;

 private:
  struct Metrics {
    Counter* lookups;
    Counter* failures;
    GaugeFamily* results;
  };
  void SetResults(const std::string& name, size_t count);
  void RemoveResults(const std::string& name);

  DnsResolver& resolver_;
  const Logger logger_;
  std::vector<Metrics> metrics_;
  std::map<std::string, std::vector<Gauge*>> result_gauges_;  // of Resolve's thread
  mutable Mutex mutex_;
  std::map<std::string, std::vector<std::string>> resolved_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace varve
