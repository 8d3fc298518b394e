// Views of raw bytes, and the owned form. A view never owns: whoever stores one says who keeps the bytes alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace varve {

using Bytes = std::span<const std::byte>;
using ByteBuffer = std::vector<std::byte>;

inline Bytes AsBytes(std::string_view text) { return {reinterpret_cast<const std::byte*>(text.data()), text.size()}; }
inline std::string_view AsText(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
inline const uint8_t* AsU8(Bytes bytes) { return reinterpret_cast<const uint8_t*>(bytes.data()); }

}  // namespace varve
