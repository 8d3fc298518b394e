// What lies in caches outside of this process: a value with a checksum over its key and itself, so that what was damaged, cut
// short, mixed up or put there by someone else is not taken for an answer.
//
//   [ magic "VRV1" ][ crc32c u32be of the key's size, the key and the value ][ value ]
//
// Shape    docs/formats/cache_record.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace varve {

inline constexpr size_t kCacheRecordOverheadBytes = 8;

ByteBuffer SealCacheRecord(std::string_view key, Bytes value);
// The value in `record`, or nothing if this is not what was sealed under `key`.
std::optional<Bytes> OpenCacheRecord(std::string_view key, Bytes record);

// The key as a server takes it: at most 200 bytes of printable ASCII without blanks. Longer ones, and those with other bytes, become a hash.
std::string CacheServerKey(std::string_view prefix, std::string_view key);

}  // namespace varve
