#include "chunkenc/bit_reader.h"

namespace varve {

uint64_t BitReader::LoadTail(const uint8_t* data, uint64_t size, uint64_t byte) {
  if (byte >= size) return 0;
  if (byte + 8 <= size) return LoadBigEndian(data + byte);
  if (size >= 8) return LoadBigEndian(data + size - 8) << 8 * (byte + 8 - size);
  uint64_t word = 0;
  for (uint64_t i = byte; i < byte + 8; ++i) word = word << 8 | (i < size ? data[i] : 0);
  return word;
}

}  // namespace varve
