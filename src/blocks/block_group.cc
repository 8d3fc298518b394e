#include "blocks/block_group.h"

#include <fmt/format.h>

namespace varve {

Labels ExternalLabelsOf(const BlockMeta& meta) { return meta.thanos.has_value() ? meta.thanos->external_labels() : Labels(); }

int64_t ResolutionMsOf(const BlockMeta& meta) { return meta.thanos.has_value() ? meta.thanos->resolution_ms : 0; }

std::string GroupKey(const BlockMeta& meta) { return fmt::format("{}@{}", ResolutionMsOf(meta), ExternalLabelsOf(meta).Hash()); }

}  // namespace varve
