// Blocks of one producer and one resolution form a group: what may be compacted together.
// Source: thanos pkg/block/metadata/meta.go GroupKey.
#pragma once

#include <string>

#include "model/labels.h"
#include "tsdb/block_meta.h"

namespace varve {

Labels ExternalLabelsOf(const BlockMeta& meta);  // empty for a block that never met Thanos
int64_t ResolutionMsOf(const BlockMeta& meta);   // 0: raw samples

// "<resolution in ms>@<hash of the external labels>", as Thanos names its work directories.
std::string GroupKey(const BlockMeta& meta);

}  // namespace varve
