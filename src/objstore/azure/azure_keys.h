// The account's key, or the shared access signature, of the bucket's config: maybe a mounted Secret that is exchanged while we run.
//
// Shape    read again every few minutes and when the server refuses it; a file that cannot be read takes nothing away.
// Threads  share freely.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "objstore/azure/azure_config.h"
#include "objstore/expiring.h"
#include "runtime/clock.h"

namespace varve {

struct AzureKey {
  std::string key;  // base64; empty where there is a signature
  std::string sas;
  std::optional<TimestampMs> expires;
  std::string source;
};
bool SameSecret(const AzureKey& a, const AzureKey& b);

// `clock` outlives it.
std::unique_ptr<Expiring<AzureKey>> MakeAzureKeys(const AzureConfig& config, Clock& clock);

}  // namespace varve
