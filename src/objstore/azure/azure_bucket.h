// Containers of Azure Blob Storage.
//
// Shape    block blobs. Long ones are sent in blocks, four at a time, and appear when the list of blocks is put; blocks of uploads that
//          failed go by themselves after a week. The container is made when it turns out to be missing, unless
//          storage_create_container forbids it.
// Errors   bucket.h's codes; azure_client.h.
// Threads  share freely.
// Source   thanos-io/objstore providers/azure.
#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "objstore/azure/azure_config.h"
#include "objstore/azure/azure_tokens.h"
#include "objstore/bucket.h"
#include "runtime/log.h"

namespace varve {

// Asks nothing of the server yet.
absl::StatusOr<std::unique_ptr<Bucket>> NewAzureBucket(AzureConfig config, const Logger& logger, AzureTokenOptions options = {});

}  // namespace varve
