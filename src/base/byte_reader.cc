#include "base/byte_reader.h"

#include <bit>

namespace varve {
namespace {

constexpr uint64_t kContinues = 0x8080808080808080;  // the highest bit of each byte

// The low seven bits of each byte, moved together.
uint64_t JoinSevens(uint64_t bytes) {
  bytes = (bytes & 0x007f007f007f007f) | (bytes & 0x7f007f007f007f00) >> 1;
  bytes = (bytes & 0x00003fff00003fff) | (bytes & 0x3fff00003fff0000) >> 2;
  return (bytes & 0x000000000fffffff) | (bytes & 0x0fffffff00000000) >> 4;
}

}  // namespace

uint64_t ByteReader::UvarintSlow() {
  if (end_ - at_ >= 8) {
    uint64_t word = 0;
    for (int i = 0; i < 8; ++i) word |= uint64_t{at_[i]} << 8 * i;  // one load
    const uint64_t ends = ~word & kContinues;
    if (ends != 0) {
      at_ += std::countr_zero(ends) / 8 + 1;
      return JoinSevens(word & (ends ^ (ends - 1)) & ~kContinues);
    }
  }
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (at_ == end_) break;
    const uint8_t byte = *at_++;
    if (shift == 63 && byte > 1) break;  // more than 64 bits
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  Fail();
  return 0;
}

}  // namespace varve
