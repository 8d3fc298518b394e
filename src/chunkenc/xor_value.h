// A float coded as the difference (XOR) to the one before it: the value coding of XOR chunks, of the sum of histogram chunks
// and of every count in float-histogram chunks.
//
//   0                                                     the same value
//   1 0 [ difference : significant ]                      differs within the window of zeros of the last difference
//   1 1 [ leading : 5 ] [ significant : 6 ] [ difference : significant ]      differs, and sets the window
//
// Shape    `leading` zero bits (31 at most) stand before the `significant` bits of a difference; a significant of 64 is
//          written 0.
// Errors   a window wider than 64 bits fails the reader.
// Source   prometheus tsdb/chunkenc/xor.go, xorWrite and xorRead.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "chunkenc/bit_reader.h"
#include "chunkenc/bit_writer.h"

namespace varve {

class XorValueReader {
 public:
  XorValueReader() = default;
  explicit XorValueReader(uint64_t bits) : bits_(bits) {}
  // Goes on where another reader was; 1 <= significant <= 64 - leading.
  XorValueReader(uint64_t bits, uint64_t leading, uint64_t significant)
      : bits_(bits), leading_(leading), significant_(significant), mask_(~uint64_t{0} << (64 - significant)) {}

  uint64_t bits() const { return bits_; }
  double value() const { return std::bit_cast<double>(bits_); }
  uint64_t leading() const { return leading_; }
  uint64_t significant() const { return significant_; }

  // Reads a value whose control bits stand on top of `window`, which is the reader's Peek() moved on by `used` bits.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(BitReader& reader, uint64_t window, unsigned used) {
    if (static_cast<int64_t>(window) >= 0) return reader.Skip(used + 1);
    ReadChanged(reader, window, used);
  }
  void Read(BitReader& reader) { Read(reader, reader.Peek(), 0); }

  // Reads a value that is known to differ: the first control bit is a one, or counts as one.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void ReadChanged(BitReader& reader, uint64_t window, unsigned used) {
    unsigned header = 2;
    if ((window >> 62 & 1) != 0) [[unlikely]] {
      leading_ = window >> 57 & 31;
      significant_ = (((window >> 51) - 1) & 63) + 1;
      if (leading_ + significant_ > 64) return reader.Fail();
      mask_ = ~uint64_t{0} << (64 - significant_);
      header = 13;
    }
    const unsigned before = used + header;
    if (before + significant_ <= BitReader::kPeekBits) {  // a narrow difference stands in the same window
      bits_ ^= (window << header & mask_) >> leading_;
      return reader.Skip(before + static_cast<unsigned>(significant_));
    }
    reader.Skip(before);
    bits_ ^= (reader.Peek64() & mask_) >> leading_;
    reader.Skip(static_cast<unsigned>(significant_));
  }

 private:
  uint64_t bits_ = 0;
  uint64_t leading_ = 0;
  uint64_t significant_ = 64;
  uint64_t mask_ = ~uint64_t{0};  // the `significant_` highest bits
};

class XorValueWriter {
 public:
  XorValueWriter() = default;
  explicit XorValueWriter(uint64_t bits) : bits_(bits) {}

  uint64_t bits() const { return bits_; }
  double value() const { return std::bit_cast<double>(bits_); }

  void Write(BitWriter& writer, double value) {
    const uint64_t difference = std::bit_cast<uint64_t>(value) ^ bits_;
    bits_ ^= difference;
    if (difference == 0) return writer.Write(0, 1);
    const unsigned leading = std::min(std::countl_zero(difference), 31);
    const unsigned trailing = std::countr_zero(difference);
    if (leading < leading_ || trailing < trailing_ || leading_ == kNoWindow) {
      leading_ = static_cast<uint8_t>(leading);
      trailing_ = static_cast<uint8_t>(trailing);
      writer.Write(0b11 << 11 | leading << 6 | ((64 - leading - trailing) & 63), 13);
    } else {
      writer.Write(0b10, 2);
    }
    writer.Write(difference >> trailing_, 64 - leading_ - trailing_);
  }

 private:
  static constexpr uint8_t kNoWindow = 0xff;
  uint64_t bits_ = 0;
  uint8_t leading_ = kNoWindow;
  uint8_t trailing_ = 0;
};

}  // namespace varve
