// One record of a cache on disk; see disk_cache.h for its bytes.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/time_range.h"

namespace varve {

inline constexpr size_t kDiskRecordHeadBytes = 28;

struct DiskRecordHead {
  uint32_t key_bytes = 0, value_bytes = 0;
  TimestampMs expires = 0;
  uint32_t content_crc = 0;
  uint64_t record_bytes() const { return kDiskRecordHeadBytes + uint64_t{key_bytes} + value_bytes; }
};

ByteBuffer EncodeDiskRecord(std::string_view key, Bytes value, TimestampMs expires);
// Nothing unless the head's own checksum fits.
std::optional<DiskRecordHead> DecodeDiskRecordHead(Bytes bytes);

struct DiskRecord {
  std::string_view key;
  Bytes value;
  TimestampMs expires = 0;
};
// Nothing unless `bytes` are exactly one record, checksums included.
std::optional<DiskRecord> DecodeDiskRecord(Bytes bytes);

}  // namespace varve
