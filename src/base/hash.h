// XXH64 with seed 0, the hash of Prometheus' label sets and of Thanos' groups, shards and chunks.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace varve {

uint64_t XxHash64(Bytes bytes);
inline uint64_t XxHash64(std::string_view text) { return XxHash64(AsBytes(text)); }

}  // namespace varve
