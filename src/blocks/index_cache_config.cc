#include "blocks/index_cache_config.h"

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

absl::Status EnableOnly(const std::vector<std::string>& items, const std::string& where, IndexCacheOptions& options) {
  if (items.empty()) return absl::OkStatus();
  options.postings = options.expanded_postings = options.series = false;
  for (const std::string& item : items) {
    if (item == "Postings") {
      options.postings = true;
    } else if (item == "ExpandedPostings") {
      options.expanded_postings = true;
    } else if (item == "Series") {
      options.series = true;
    } else {
      return InvalidArgument("{}: unsupported item type {:?} in enabled_items; write Postings, Series or ExpandedPostings", where,
                             item);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<IndexCacheConfig> ParseIndexCacheConfig(std::string_view yaml) {
  const std::string where = "index cache config";
  VARVE_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::Parse(yaml));
  IndexCacheConfig config;
  std::string type;
  std::vector<std::string> items;
  int64_t ttl_ms = 0;
  YamlMap map(root, where);
  map.Read("type", type);
  const YamlNode* backend = map.Child("config");
  map.Read("enabled_items", items);
  map.ReadDurationMs("ttl", ttl_ms);
  VARVE_RETURN_IF_ERROR(map.Finish());
  VARVE_RETURN_IF_ERROR(EnableOnly(items, where, config.options));
  VARVE_ASSIGN_OR_RETURN(config.cache, ReadCacheConfig(type, backend, where));
  constexpr std::chrono::milliseconds kForEver = std::chrono::hours(24 * 365 * 10);  // blocks never change
  if (!config.cache.is_remote()) config.options.ttl = kForEver;
  if (config.cache.is_remote() && ttl_ms > 0) config.options.ttl = std::chrono::milliseconds(ttl_ms);
  return config;
}

}  // namespace varve
