// The YAML of --endpoint.sd-config, and the endpoints given by flags.
//
//   default_client_config: {tls_config: {enabled, insecure_skip_verify, cert_file, key_file, ca_file, min_version}, server_name,
//   compression} endpoints:
//   - {address: "dns+store:10901", strict: false, group: false, service_config: "...", client_config: {...}}
//
// Shape    unknown keys are passed over, as in Thanos. compression is checked and then ignored: our channels send small requests
// only,
//          and read what is compressed.
// Errors   InvalidArgument naming the endpoint.
// Source   thanos cmd/thanos/endpointset.go.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/tls_config.h"

namespace varve {

struct EndpointClientConfig {
  std::optional<bool> tls_enabled;     // set alone or by any key of tls_config
  std::optional<TlsClientConfig> tls;  // absent: as the global flags say
};

struct EndpointConfig {
  std::string address;         // host:port, or a DNS name with its prefix (discovery/dns_lookup.h)
  bool strict = false;         // asked whether it answers Info calls or not
  bool group = false;          // many servers that are one endpoint
  std::string service_config;  // JSON, of groups only
  EndpointClientConfig client;
};

struct EndpointsConfig {
  EndpointClientConfig default_client;
  std::vector<EndpointConfig> endpoints;
};

absl::StatusOr<EndpointsConfig> ParseEndpointsConfig(std::string_view yaml);

// Strict endpoints cannot be DNS names; a service_config needs a group.
absl::Status CheckEndpoints(const std::vector<EndpointConfig>& endpoints);

}  // namespace varve
