// CRC-32C (Castagnoli), the checksum of every Prometheus file: SSE4.2 instructions where we compile for them, a table elsewhere.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace varve {

// The checksum of `bytes`; pass an earlier result as `crc` to go on from there.
uint32_t Crc32c(Bytes bytes, uint32_t crc = 0);

namespace internal {
uint32_t Crc32cPortable(Bytes bytes, uint32_t crc);  // the law the fast one is tested against
}

}  // namespace varve
