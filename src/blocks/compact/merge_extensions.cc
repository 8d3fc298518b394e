#include "blocks/compact/merge_extensions.h"

#include <algorithm>

namespace varve {

JsonValue MergeExtensions(const BlockMetas& blocks) {
  JsonValue::Object common;
  for (size_t i = 0; i < blocks.size(); ++i) {
    const auto& thanos = blocks[i]->thanos;
    if (!thanos.has_value() || !thanos->extensions.is_object()) return JsonValue();
    if (i == 0) common = thanos->extensions.object();
    std::erase_if(common, [&thanos](const auto& entry) { return thanos->extensions.Find(entry.first) == nullptr; });
  }
  return common.empty() ? JsonValue() : JsonValue(JsonValue::Variant(std::move(common)));
}

}  // namespace varve
