#include "base/byte_reader.h"

#include <bit>

namespace varve {

bool ByteReader::TripleLayout::Find(uint64_t word) {
  const uint64_t first_ends = ~word & kContinues, second_ends = first_ends & (first_ends - 1);
  const uint64_t third_ends = second_ends & (second_ends - 1);
  if (third_ends == 0) return false;
  const uint64_t up_to_third = third_ends ^ (third_ends - 1);
  ends = up_to_third & kContinues;
  at_ends = word & ends;
  begins[1] = std::countr_zero(first_ends) + 1;
  begins[2] = std::countr_zero(second_ends) + 1;
  masks[0] = ((uint64_t{1} << begins[1]) - 1) & ~kContinues;
  masks[1] = ((uint64_t{1} << (begins[2] - begins[1])) - 1) & ~kContinues;
  masks[2] = up_to_third >> begins[2] & ~kContinues;  // the third may end with the word
  bytes = (std::countr_zero(third_ends) + 1) / 8;
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
