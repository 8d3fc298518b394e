// A cache on a local disk, bounded in bytes, that a restart finds again.
//
//   <directory>/varve-cache-0000000000000007.log       records one after the other, the newest file is being written
//   <directory>/varve-cache.lock                        held by the process that uses the directory
//
//   record   [ magic "VRD1" ][ key bytes u32 ][ value bytes u32 ][ expiry, Unix ms i64 ][ crc32c of these 20 bytes u32 ]
//            [ crc32c of key and value u32 ][ key ][ value ]
//
// Shape    a log in files of one size. What is read while it lies in the oldest quarter moves to the front, so a file that is dropped
//          to make room holds what nobody has asked for lately. In memory is where each key's record lies: some 40 bytes for each.
//          After a start the files are looked through in the background; what was not come to yet is a miss.
// Errors   of Open: a directory that cannot be used, or is used by another process. Later ones are counted, and the value is missing.
//          Nothing is synced: after a crash what is damaged, cut short or half-written fails its checksums and is a miss.
// Threads  share freely.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "objstore/cache/byte_cache.h"
#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

namespace varve {

struct DiskCacheOptions {
  std::string directory;
  uint64_t bytes_max = uint64_t{10} << 30;
  uint64_t item_bytes_max = 32 << 20;
};

// <prefix>items, _total_size_bytes, _max_size_bytes, _items_added_total, _items_dropped_total, _failures_total
absl::StatusOr<std::unique_ptr<ByteCache>> OpenDiskCache(DiskCacheOptions options, const Logger& logger,
                                                         MetricsRegistry& registry, const std::string& metrics_prefix,
                                                         Clock& clock = SystemClock());

}  // namespace varve
