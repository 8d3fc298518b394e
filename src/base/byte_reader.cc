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

uint64_t LoadLittleEndian(const uint8_t* at) {
  uint64_t word = 0;
  for (int i = 0; i < 8; ++i) word |= uint64_t{at[i]} << 8 * i;  // one load
  return word;
}

}  // namespace

bool ByteReader::ThreeUvarints(uint64_t (&out)[3]) {
  if (end_ - at_ < 8) return false;
  const uint64_t word = LoadLittleEndian(at_);
  const uint64_t first_ends = ~word & kContinues, second_ends = first_ends & (first_ends - 1);
  const uint64_t third_ends = second_ends & (second_ends - 1);
  if (third_ends == 0) return false;
  // In bits, behind the last byte of each; the third may end with the word.
  const int first = std::countr_zero(first_ends) + 1, second = std::countr_zero(second_ends) + 1;
  const uint64_t up_to_third = third_ends ^ (third_ends - 1);
  out[0] = JoinSevens(word & ((uint64_t{1} << first) - 1) & ~kContinues);
  out[1] = JoinSevens(word >> first & ((uint64_t{1} << (second - first)) - 1) & ~kContinues);
  out[2] = JoinSevens((word & up_to_third) >> second & ~kContinues);
  at_ += (std::countr_zero(third_ends) + 1) / 8;
  return true;
}

uint64_t ByteReader::UvarintSlow() {
  if (end_ - at_ >= 8) {
    const uint64_t word = LoadLittleEndian(at_);
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
