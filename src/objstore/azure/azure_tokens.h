// Who we are to Azure where there is no key: access tokens of Microsoft Entra ID.
//
// Shape    asked in this order: the application of the config (client_secret); the managed identity it names (user_assigned_id); an
//          application from the environment (AZURE_CLIENT_SECRET); workload identity (AZURE_FEDERATED_TOKEN_FILE); the managed
//          identity of the machine.
// Errors   FailedPrecondition naming what refused; Unavailable where it does not answer.
// Source   Azure Identity, "DefaultAzureCredential"; Entra ID, "client credentials flow"; "Instance Metadata Service".
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "objstore/azure/azure_config.h"
#include "objstore/env_expansion.h"
#include "objstore/expiring.h"
#include "objstore/http/bearer_token.h"
#include "runtime/clock.h"

namespace varve {

struct AzureTokenOptions {
  EnvLookup env = ProcessEnv;
  Clock* clock = &SystemClock();
  std::string metadata_url = "http://169.254.169.254";
};

absl::StatusOr<std::unique_ptr<Expiring<BearerToken>>> MakeAzureTokens(const AzureConfig& config, AzureTokenOptions options);

}  // namespace varve
