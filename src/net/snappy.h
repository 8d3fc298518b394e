// Snappy's block format, as in remote write and remote read: one piece, its unpacked length in front.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace varve {

std::string SnappyCompress(std::string_view bytes);
// InvalidArgument for bytes that are not snappy; ResourceExhausted if the announced length is beyond `bytes_max`, before anything
// is allocated.
absl::StatusOr<std::string> SnappyDecompress(std::string_view bytes, uint64_t bytes_max);

}  // namespace varve
