// What Azure Blob Storage says in XML, and what it is told in it.
//
// Errors   InvalidArgument for what is not such a document.
// Source   Azure Blob Storage REST API, List Blobs and Put Block List.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "objstore/bucket.h"

namespace varve {

struct AzureListPage {
  std::vector<std::pair<std::string, ObjectAttributes>> blobs;
  std::vector<std::string> prefixes;
  std::string next;  // empty on the last page
};

absl::StatusOr<AzureListPage> ParseAzureListPage(std::string_view xml);
std::string BlockListXml(const std::vector<std::string>& block_ids);

}  // namespace varve
