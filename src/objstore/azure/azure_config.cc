#include "objstore/azure/azure_config.h"

#include <algorithm>
#include <map>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/digests.h"

namespace varve {
namespace {

// Name=value;Name=value, where a value may hold "=".
absl::Status ReadConnectionString(std::string_view text, AzureConfig& config) {
  std::map<std::string, std::string, std::less<>> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(';'), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) return InvalidArgument("storage_connection_string is not a list of Name=value;...");
    parts[std::string(part.substr(0, equals))] = part.substr(equals + 1);
  }
  if (!parts["AccountName"].empty()) config.account = parts["AccountName"];
  config.account_key = parts["AccountKey"];
  config.sas = parts["SharedAccessSignature"];
  if (config.sas.starts_with('?')) config.sas.erase(0, 1);
  config.base_url = parts["BlobEndpoint"];
  if (config.base_url.empty() && !config.account.empty()) {
    const std::string& protocol = parts["DefaultEndpointsProtocol"];
    const std::string& suffix = parts["EndpointSuffix"];
    config.base_url = fmt::format("{}://{}.blob.{}", protocol.empty() ? "https" : protocol, config.account,
                                  suffix.empty() ? "core.windows.net" : suffix);
  }
  if (config.account_key.empty() && config.sas.empty()) {
    return InvalidArgument("storage_connection_string has neither AccountKey nor SharedAccessSignature");
  }
  return absl::OkStatus();
}

absl::Status ReadTries(YamlMap& map, AzureConfig& config) {
  int max_retries = 0, reader_retries = 0, pipeline_tries = 0;
  map.Read("max_retries", max_retries);
  if (const YamlNode* child = map.Child("reader_config")) {
    YamlMap reader(*child, "reader_config");
    reader.Read("max_retry_requests", reader_retries);
    VARVE_RETURN_IF_ERROR(reader.Finish());
  }
  if (const YamlNode* child = map.Child("pipeline_config")) {
    YamlMap pipeline(*child, "pipeline_config");
    int64_t ignored_ms = 0;
    pipeline.Read("max_tries", pipeline_tries);
    for (const std::string_view key : {"try_timeout", "retry_delay", "max_retry_delay"}) pipeline.ReadDurationMs(key, ignored_ms);
    VARVE_RETURN_IF_ERROR(pipeline.Finish());
  }
  if (pipeline_tries < 0 || reader_retries < 0) return InvalidArgument("max_tries and max_retry_requests must not be negative");
  const int retries = std::max({max_retries, reader_retries, pipeline_tries});
  config.tries_max = retries > 0 ? retries + 1 : 0;
  return absl::OkStatus();
}

absl::Status CheckIdentity(const AzureConfig& config) {
  const bool assigned = !config.user_assigned_id.empty();
  if (assigned && (!config.account_key.empty() || !config.sas.empty())) {
    return InvalidArgument("user_assigned_id excludes storage_account_key and storage_connection_string; leave one out");
  }
  if (assigned && !config.client_id.empty()) return InvalidArgument("user_assigned_id excludes client_id; leave one out");
  const int parts = !config.tenant_id.empty() + !config.client_id.empty() + !config.client_secret.empty();
  if (parts != 0 && parts != 3) return InvalidArgument("az_tenant_id, client_id and client_secret must be set together");
  if (!config.account_key.empty() && !FromBase64(config.account_key).ok()) {
    return InvalidArgument("the key of the storage account is not base64; copy it from the portal as it is");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AzureConfig> ReadAzureConfig(const YamlNode& node) {
  AzureConfig config;
  std::string connection, endpoint = "blob.core.windows.net", ignored;
  YamlMap map(node, "config of type AZURE");
  map.Read("az_tenant_id", config.tenant_id);
  map.Read("client_id", config.client_id);
  map.Read("client_secret", config.client_secret);
  map.Read("storage_account", config.account);
  map.Read("storage_account_key", config.account_key);
  map.Read("storage_connection_string", connection);
  map.Read("storage_create_container", config.create_container);
  map.Read("container", config.container);
  map.Read("endpoint", endpoint);
  map.Read("user_assigned_id", config.user_assigned_id);
  map.Read("msi_resource", ignored);
  map.Fail(ReadTries(map, config));
  if (const YamlNode* child = map.Child("http_config")) {
    absl::StatusOr<ObjstoreHttpConfig> http = ReadObjstoreHttpConfig(*child, "http_config");
    map.Fail(http.status());
    if (http.ok()) config.http = *std::move(http);
  }
  VARVE_RETURN_IF_ERROR(map.Finish());
  if (!connection.empty() && !config.account_key.empty()) {
    return InvalidArgument("storage_account_key and storage_connection_string exclude each other; leave one out");
  }
  if (endpoint.find("://") != std::string::npos)
    return InvalidArgument("endpoint {:?} has a scheme; write the host alone", endpoint);
  if (!connection.empty()) VARVE_RETURN_IF_ERROR(ReadConnectionString(connection, config));
  if (config.account.empty() && config.base_url.empty()) return InvalidArgument("storage_account is missing");
  if (config.container.empty()) return InvalidArgument("container is missing");
  if (config.base_url.empty()) config.base_url = fmt::format("https://{}.{}", config.account, endpoint);
  while (config.base_url.ends_with('/')) config.base_url.pop_back();
  VARVE_RETURN_IF_ERROR(CheckIdentity(config));
  return config;
}

}  // namespace varve
