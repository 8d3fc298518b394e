// What the `extensions` of blocks become when the blocks become one: the keys that all of them have, with the first one's values.
// Source: thanos pkg/compact/compact.go Groups.
#pragma once

#include "base/json_value.h"
#include "blocks/compact/plan_blocks.h"

namespace varve {

JsonValue MergeExtensions(const BlockMetas& blocks);  // null if nothing is left, or one of them has none

}  // namespace varve
