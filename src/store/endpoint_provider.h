// Who should be asked: the endpoints of flags, of --endpoint.sd-config and of file SD, with DNS names resolved.
//
//   EndpointProvider provider(resolver, files, registry, logger, options);
//   VARVE_RETURN_IF_ERROR(provider.SetConfig(config));     // again when its file changed
//   provider.ReadFiles();                                   // again when they may have changed
//   provider.Resolve(ctx);                                  // DNS; again every 30 s
//   EndpointSet set(..., [&] { return provider.Specs(); }, ...);
//
// Shape    one spec an address; an address given twice counts once, with the later settings. A group is one spec with many
//          targets.
// Errors   InvalidArgument for a config; failed lookups are logged and counted, and keep what was known.
// Threads  safe to share; one ReadFiles at a time.
// Source   thanos cmd/thanos/endpointset.go.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "discovery/address_list.h"
#include "discovery/file_discovery.h"
#include "store/endpoint_config.h"

namespace varve {

struct EndpointSpec {
  std::string address;               // its name
  std::vector<std::string> targets;  // of a group: ip:port of its members; otherwise empty
  bool strict = false;
  std::string service_config;
  std::optional<TlsClientConfig> tls;
  friend bool operator==(const EndpointSpec& a, const EndpointSpec& b);
};

struct EndpointProviderOptions {
  std::string component = "query";        // in metric names
  std::vector<EndpointConfig> endpoints;  // of flags
  std::vector<std::string> sd_files;      // --store.sd-files
  std::optional<TlsClientConfig> tls;     // of the global flags
};

class EndpointProvider {
 public:
  EndpointProvider(DnsResolver& resolver, Files& files, MetricsRegistry& registry, Logger logger,
                   EndpointProviderOptions options);

  absl::Status SetConfig(EndpointsConfig config);
  bool ReadFiles();                          // whether they name others than before
  absl::Status Resolve(const Context& ctx);  // the first failure
  std::vector<EndpointSpec> Specs();

 private:
  std::vector<EndpointConfig> AllEndpoints() const;
  std::optional<TlsClientConfig> TlsOf(const EndpointClientConfig& client) const;
  void Add(EndpointSpec spec, std::vector<EndpointSpec>& specs);

  const Logger logger_;
  const EndpointProviderOptions options_;
  Mutex resolving_;  // one round of look-ups at a time
  AddressList addresses_;
  AddressList groups_;
  FileDiscovery files_;
  Counter& duplicates_;
  Counter& duplicates_before_;  // under the name of v0.32
  mutable Mutex mutex_;
  EndpointsConfig config_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace varve
