#include "objstore/azure/azure_answers.h"

#include <fmt/format.h>

#include <charconv>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/iso_time.h"
#include "objstore/xml_reader.h"

namespace varve {

absl::StatusOr<AzureListPage> ParseAzureListPage(std::string_view xml) {
  AzureListPage page;
  std::pair<std::string, ObjectAttributes> blob;
  bool is_list = false;
  XmlReader reader(xml);
  while (reader.Next()) {
    if (reader.at_start()) {
      is_list |= reader.depth() == 1 && reader.name() == "EnumerationResults";
      continue;
    }
    const std::string& text = reader.text();
    if (reader.at_end_of("Blob")) {
      page.blobs.push_back(std::exchange(blob, {}));
    } else if (reader.at_end_of("NextMarker")) {
      page.next = text;
    } else if (reader.at_end_of("Name")) {
      if (reader.inside("BlobPrefix")) page.prefixes.push_back(text);
      if (reader.inside("Blob")) blob.first = text;
    } else if (reader.at_end_of("Last-Modified")) {
      blob.second.last_modified = HttpDateMs(text);
    } else if (reader.at_end_of("Content-Length")) {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), blob.second.size);
      if (error != std::errc() || end != text.data() + text.size()) return InvalidArgument("not a size: {:?}", text);
    }
  }
  VARVE_RETURN_IF_ERROR(reader.status());
  if (!is_list) return InvalidArgument("not a listing of a container");
  return page;
}

std::string BlockListXml(const std::vector<std::string>& block_ids) {
  std::string xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>";
  for (const std::string& id : block_ids) xml += fmt::format("<Latest>{}</Latest>", id);
  return xml + "</BlockList>";
}

}  // namespace varve
