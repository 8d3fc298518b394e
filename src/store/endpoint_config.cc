#include "store/endpoint_config.h"

#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "base/yaml.h"
#include "discovery/dns_lookup.h"

namespace varve {
namespace {

absl::StatusOr<EndpointClientConfig> ReadClient(const YamlNode& node) {
  EndpointClientConfig client;
  TlsClientConfig tls;
  std::string compression;
  YamlMap map(node, "client_config");
  map.Read("server_name", tls.server_name);
  map.Read("compression", compression);
  if (const YamlNode* tls_node = map.Child("tls_config"); tls_node != nullptr) {
    YamlMap tls_map(*tls_node, "tls_config");
    if (tls_map.Child("enabled") != nullptr) tls_map.Read("enabled", client.tls_enabled.emplace());
    tls_map.Read("insecure_skip_verify", tls.insecure_skip_verify);
    tls_map.Read("cert_file", tls.cert_file);
    tls_map.Read("key_file", tls.key_file);
    tls_map.Read("ca_file", tls.ca_file);
    tls_map.Read("min_version", tls.min_version);
    VARVE_RETURN_IF_ERROR(tls_map.Finish(/*allow_unknown_keys=*/true));
  }
  VARVE_RETURN_IF_ERROR(map.Finish(/*allow_unknown_keys=*/true));
  if (!compression.empty() && compression != "none" && compression != "snappy") {
    return InvalidArgument("client_config: compression is \"{}\": use none or snappy", compression);
  }
  const bool any_key = !tls.ca_file.empty() || !tls.cert_file.empty() || !tls.key_file.empty() || !tls.server_name.empty() ||
                       !tls.min_version.empty() || tls.insecure_skip_verify;
  if (client.tls_enabled.value_or(any_key)) client.tls = std::move(tls);
  if (any_key && !client.tls_enabled.has_value()) client.tls_enabled = true;
  return client;
}

}  // namespace

absl::StatusOr<EndpointsConfig> ParseEndpointsConfig(std::string_view yaml) {
  VARVE_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::Parse(yaml));
  EndpointsConfig config;
  YamlMap map(root, "endpoint config");
  if (const YamlNode* client = map.Child("default_client_config"); client != nullptr) {
    VARVE_ASSIGN_OR_RETURN(config.default_client, ReadClient(*client));
  }
  if (const YamlNode* endpoints = map.Child("endpoints"); endpoints != nullptr) {
    if (!endpoints->is_sequence()) {
      return InvalidArgument("endpoint config: endpoints is not a list (line {})", endpoints->line());
    }
    for (const YamlNode& item : endpoints->items()) {
      EndpointConfig& endpoint = config.endpoints.emplace_back();
      YamlMap one(item, "endpoint");
      one.Read("address", endpoint.address);
      one.Read("strict", endpoint.strict);
      one.Read("group", endpoint.group);
      one.Read("service_config", endpoint.service_config);
      if (const YamlNode* client = one.Child("client_config"); client != nullptr) {
        VARVE_ASSIGN_OR_RETURN(endpoint.client, ReadClient(*client));
      }
      VARVE_RETURN_IF_ERROR(one.Finish(/*allow_unknown_keys=*/true));
      if (endpoint.address.empty()) return InvalidArgument("endpoint config: an endpoint without address (line {})", item.line());
    }
  }
  VARVE_RETURN_IF_ERROR(map.Finish(/*allow_unknown_keys=*/true));
  VARVE_RETURN_IF_ERROR(CheckEndpoints(config.endpoints));
  return config;
}

absl::Status CheckEndpoints(const std::vector<EndpointConfig>& endpoints) {
  for (const EndpointConfig& endpoint : endpoints) {
    if (endpoint.strict && IsDnsAddress(endpoint.address)) {
      return InvalidArgument(
          "{} is a dynamically specified endpoint i.e. it uses SD and that is not permitted under strict mode.",
          endpoint.address);
    }
    if (!endpoint.group && !endpoint.service_config.empty()) {
      return InvalidArgument("{} service_config is only valid for endpoint groups.", endpoint.address);
    }
  }
  return absl::OkStatus();
}

}  // namespace varve
