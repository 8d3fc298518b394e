// Reads bit streams of untrusted bytes, the first bit of a byte being its highest, through a 64-bit window.
//
// Shape    the state is one position. A window is an unaligned load at that position, so nothing is refilled or carried
//          over, and decoders may look at one window for several fields before they skip them all.
// Errors   beyond the end all bits are zero and the position runs on: ok() is then false for good. Whoever loops as often as
//          the data says either bounds the count by remaining() first or asks ok() on the way.
// Threads  one at a time.
// Source   prometheus tsdb/chunkenc/bstream.go; the varints are those of go encoding/binary.
#pragma once

#include <absl/base/attributes.h>

#include <bit>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace varve {

class BitReader {
 public:
  explicit BitReader(Bytes bytes) : data_(AsU8(bytes)), size_(bytes.size()) {}

  bool ok() const { return position_ <= size_ * 8; }
  uint64_t remaining() const { return ok() ? size_ * 8 - position_ : 0; }  // bits

  static constexpr unsigned kPeekBits = 57;
  // The next bits, the first one on top: kPeekBits of them at least.
  ABSL_ATTRIBUTE_ALWAYS_INLINE uint64_t Peek() const {
    const uint64_t byte = position_ >> 3;
    const uint64_t word = byte + 8 <= size_ ? LoadBigEndian(data_ + byte) : LoadTail(data_, size_, byte);
    return word << (position_ & 7);
  }

  // The next 64 bits, the first one on top.
  ABSL_ATTRIBUTE_ALWAYS_INLINE uint64_t Peek64() const {
    const uint64_t byte = position_ >> 3;
    const unsigned shift = position_ & 7;
    if (byte + 9 <= size_) [[likely]] {
      return LoadBigEndian(data_ + byte) << shift | uint64_t{data_[byte + 8]} >> (8 - shift);
    }
    return LoadTail(data_, size_, byte) << shift | (LoadTail(data_, size_, byte + 1) & 0xff) >> (8 - shift);
  }

  void Skip(unsigned bits) { position_ += bits; }
  uint64_t position() const { return position_; }  // in bits
  void Seek(uint64_t position) { position_ = position; }

  // The next `count` bits as a number; 1 <= count <= 64.
  uint64_t Read(unsigned count) {
    const uint64_t value = Peek64() >> (64 - count);
    position_ += count;
    return value;
  }
  double ReadF64() { return std::bit_cast<double>(Read(64)); }

  // Whole bytes at any bit position. An overlong varint is a failure.
  uint64_t ReadUvarint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const uint64_t byte = Read(8);
      if (shift == 63 && byte > 1) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return Fail(), 0;
  }
  int64_t ReadVarint() {
    const uint64_t zigzag = ReadUvarint();
    return static_cast<int64_t>(zigzag >> 1) ^ -static_cast<int64_t>(zigzag & 1);
  }

  void Fail() { position_ = size_ * 8 + 1; }

 private:
  static uint64_t LoadBigEndian(const uint8_t* at) {
    uint64_t word;
    std::memcpy(&word, at, sizeof(word));
    if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
    return word;
  }
  // Eight bytes from `byte` on, with zeros for those beyond the end. Takes no `this`, so that readers live in registers.
  static uint64_t LoadTail(const uint8_t* data, uint64_t size, uint64_t byte);

  const uint8_t* data_;
  uint64_t size_;
  uint64_t position_ = 0;  // in bits
};

}  // namespace varve
