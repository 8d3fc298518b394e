#include "base/crc32c.h"

#include <array>
#include <cstring>

#ifdef __SSE4_2__
#include <nmmintrin.h>
#endif

namespace varve {
namespace {

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
    table[i] = crc;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kTable = MakeTable();

}  // namespace

uint32_t internal::Crc32cPortable(Bytes bytes, uint32_t crc) {
  crc = ~crc;
  for (const std::byte byte : bytes) crc = kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

#ifdef __SSE4_2__
uint32_t Crc32c(Bytes bytes, uint32_t crc) {
  const uint8_t* at = AsU8(bytes);
  size_t left = bytes.size();
  uint64_t state = static_cast<uint32_t>(~crc);
  for (; left >= 8; left -= 8, at += 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    state = _mm_crc32_u64(state, word);
  }
  for (; left > 0; --left, ++at) state = _mm_crc32_u8(static_cast<uint32_t>(state), *at);
  return ~static_cast<uint32_t>(state);
}
#else
uint32_t Crc32c(Bytes bytes, uint32_t crc) { return internal::Crc32cPortable(bytes, crc); }
#endif

}  // namespace varve
