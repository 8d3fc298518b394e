// The blocks of a store and how each fares, for people.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/ulid.h"
#include "tsdb/block_meta.h"

namespace varve {

enum class BlockState { kLoaded, kArchived, kPartial };
inline constexpr std::string_view kBlockStateNames[] = {"loaded", "archived", "partial"};

struct BlockStatus {
  Ulid id;
  BlockState state = BlockState::kLoaded;
  std::shared_ptr<const BlockMeta> meta;  // null if its meta.json cannot be read
  std::string reason;                     // of a state other than loaded
  TimestampMs since = 0, ask_again = 0;   // of archived ones
};

}  // namespace varve
