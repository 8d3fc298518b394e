// The AZURE part of the object storage YAML: every key of Thanos', with its defaults.
//
// Shape    requests are tried again by Varve's own client: of `reader_config`, `pipeline_config` and `max_retries` the number of tries
//          counts, the times are taken without effect. So is `msi_resource`.
// Errors   InvalidArgument naming the key; unknown keys are errors. No message repeats a key or connection string.
// Source   thanos-io/objstore providers/azure/azure.go; Azure, "Configure a connection string".
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <string>

#include "base/yaml.h"
#include "objstore/http/http_config.h"

namespace varve {

struct AzureConfig {
  std::string account;
  std::string account_key;  // base64
  std::string sas;          // of a connection string: a query that is signed already
  std::string base_url;     // of the account: https://account.blob.core.windows.net
  std::string container;
  bool create_container = true;
  std::string user_assigned_id;                     // of a managed identity
  std::string tenant_id, client_id, client_secret;  // of an application
  int tries_max = 0;                                // 0: not said
  bool mark_raw_chunks = false;
  ObjstoreHttpConfig http;
  // The same document as it is now, of which key and signature alone are taken anew; empty if it does not change.
  std::function<absl::StatusOr<AzureConfig>()> read_again;
};

absl::StatusOr<AzureConfig> ReadAzureConfig(const YamlNode& node);

}  // namespace varve
