// Appends bits to a growing buffer, the first bit of a byte being its highest; the counterpart of BitReader.
//
// Shape    bytes() is exact after every write: the last byte is filled up with zero bits.
// Threads  one at a time; readers of bytes() must not meet a writer.
// Source   prometheus tsdb/chunkenc/bstream.go.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/bytes.h"

namespace varve {

class BitWriter {
 public:
  // Starts with `header_bytes` zero bytes, to be set by Patch.
  explicit BitWriter(size_t header_bytes) : position_(header_bytes * 8) { buffer_.resize(header_bytes + kSlack); }

  // The bytes so far; valid until the next write.
  Bytes bytes() const { return Bytes(buffer_.data(), size()); }
  size_t size() const { return (position_ + 7) / 8; }
  size_t heap_bytes() const { return buffer_.capacity(); }

  // Takes the bytes out; the writer is good for nothing afterwards but to be assigned to.
  ByteBuffer Release() {
    buffer_.resize(size());
    return std::move(buffer_);
  }

  // The lowest `count` bits of `value`, highest first; count <= 64.
  void Write(uint64_t value, unsigned count) {
    if (count == 0) return;
    if (position_ / 8 + kSlack > buffer_.size()) [[unlikely]]
      buffer_.resize(2 * buffer_.size() + kSlack);
    std::byte* at = buffer_.data() + position_ / 8;
    const unsigned shift = position_ & 7;
    const uint64_t top = value << (64 - count);
    StoreBigEndian(at, LoadBigEndian(at) | top >> shift);
    at[8] = static_cast<std::byte>(top << 1 << (63 - shift) >> 56);
    position_ += count;
  }
  void WriteUvarint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) Write((value & 0x7f) | 0x80, 8);
    Write(value, 8);
  }
  void WriteVarint(int64_t value) { WriteUvarint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63)); }

  uint8_t At(size_t byte) const { return static_cast<uint8_t>(buffer_[byte]); }
  void Patch(size_t byte, uint8_t value) { buffer_[byte] = static_cast<std::byte>(value); }

 private:
  static constexpr size_t kSlack = 9;  // what one write may touch

  static uint64_t LoadBigEndian(const std::byte* at) {
    uint64_t word;
    std::memcpy(&word, at, sizeof(word));
    if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
    return word;
  }
  static void StoreBigEndian(std::byte* at, uint64_t word) {
    if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
    std::memcpy(at, &word, sizeof(word));
  }

  ByteBuffer buffer_;  // zero from position_ on, and kSlack longer than what is written
  uint64_t position_;  // in bits
};

}  // namespace varve
