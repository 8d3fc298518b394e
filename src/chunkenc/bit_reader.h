// Reads bit streams of untrusted bytes, the first bit of a byte being its highest, through a 64-bit window.
//
// Shape    the state is one position. A window is an unaligned load at that position, so nothing is refilled or carried over,
//          and decoders may look at one window for several fields before they skip them all.
// Errors   beyond the end all bits are zero and the position runs on: ok() is then false for good. Whoever loops as often as
//          the data says either bounds the count by remaining() first or asks ok() on the way.
// Threads  one at a time.
// Source   prometheus tsdb/chunkenc/bstream.go; the varints are those of go encoding/binary.
#pragma once

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

  // The next bits, the first one on top: 57 of them at least.
  uint64_t Peek() const { return Load(data_, size_, position_ >> 3) << (position_ & 7); }

  // The next 64 bits, the first one on top.
  uint64_t Peek64() const {
    const uint64_t byte = position_ >> 3;
    const unsigned shift = position_ & 7;
    if (byte + 9 <= size_) [[likely]] return LoadBigEndian(data_ + byte) << shift | data_[byte + 8] >> (8 - shift);
    const uint64_t next = Load(data_, size_, byte + 1) & 0xff;
    return Load(data_, size_, byte) << shift | next >> (8 - shift);
  }

  void Skip(unsigned bits) { position_ += bits; }

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
  // Eight bytes from `byte` on, with zeros for those beyond the end.
  static uint64_t Load(const uint8_t* data, uint64_t size, uint64_t byte) {
    if (byte + 8 <= size) [[likely]] return LoadBigEndian(data + byte);
    if (byte >= size) return 0;
    if (size >= 8) return LoadBigEndian(data + size - 8) << 8 * (byte + 8 - size);
    uint64_t word = 0;
    for (uint64_t i = byte; i < byte + 8; ++i) word = word << 8 | (i < size ? data[i] : 0);
    return word;
  }

  const uint8_t* data_;
  uint64_t size_;
  uint64_t position_ = 0;  // in bits
};

}  // namespace varve
