// Reads the numbers of Prometheus' file formats from untrusted bytes, front to back.
//
// Shape    fixed-width numbers are big endian; uvarint and varint (zig-zag) are as in Go's encoding/binary.
// Errors   the first read past the end, or an overlong varint, makes the reader fail for good: from then on ok() is false,
//          every read answers zero or an empty view and remaining() is 0, so a parser may check once at its end.
// Threads  one at a time.
// Source   go encoding/binary; prometheus tsdb/encoding.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace varve {

// The signed number that a varint holds as zigzag: 0 -1 1 -2 2 ...
inline int64_t FromZigzag(uint64_t zigzag) { return static_cast<int64_t>(zigzag >> 1) ^ -static_cast<int64_t>(zigzag & 1); }

class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : begin_(AsU8(bytes)), at_(begin_), end_(begin_ + bytes.size()) {}

  bool ok() const { return ok_; }
  size_t position() const { return static_cast<size_t>(at_ - begin_); }  // bytes consumed so far
  size_t remaining() const { return static_cast<size_t>(end_ - at_); }
  bool empty() const { return at_ == end_; }

  uint8_t U8() { return static_cast<uint8_t>(Fixed<1>()); }
  uint16_t U16() { return static_cast<uint16_t>(Fixed<2>()); }
  uint32_t U32() { return static_cast<uint32_t>(Fixed<4>()); }
  uint64_t U64() { return Fixed<8>(); }
  double F64() { return std::bit_cast<double>(U64()); }

  uint64_t Uvarint() {
    if (at_ < end_ && *at_ < 0x80) return *at_++;
    return UvarintSlow();
  }
  int64_t Varint() { return FromZigzag(Uvarint()); }
  // Three uvarints that fit the next eight bytes, as most of a series' chunks do; false, and nothing read, where they do not.
  bool ThreeUvarints(uint64_t (&out)[3]);
  // The next `count` bytes; they live as long as the bytes the reader was given.
  Bytes Take(uint64_t count) {
    if (count > remaining()) return Fail(), Bytes();
    const uint8_t* start = at_;
    at_ += count;
    return {reinterpret_cast<const std::byte*>(start), static_cast<size_t>(count)};
  }
  // A uvarint length and that many bytes.
  std::string_view UvarintText() { return AsText(Take(Uvarint())); }
  void Skip(uint64_t count) { Take(count); }

 private:
  template <int kWidth>
  uint64_t Fixed() {
    if (remaining() < kWidth) return Fail(), 0;
    uint64_t value = 0;
    for (int i = 0; i < kWidth; ++i) value = value << 8 | at_[i];
    at_ += kWidth;
    return value;
  }
  uint64_t UvarintSlow();
  void Fail() {
    ok_ = false;
    at_ = end_;
  }

  const uint8_t* begin_;
  const uint8_t* at_;
  const uint8_t* end_;
  bool ok_ = true;
};

}  // namespace varve
