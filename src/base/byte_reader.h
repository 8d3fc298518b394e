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
#include <cstring>
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
  // Threes of uvarints, each three within eight bytes and most as long as those before them, as the chunks of a series are:
  // each(a, b, c) for up to `count` of them. Answers how many it read; the next three are then longer, or near the end.
  template <typename Each>
  size_t UvarintTriples(size_t count, Each each);
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
  // Where the fields of three uvarints lie in a word of eight bytes, and by which bits one sees that they do.
  struct TripleLayout {
    bool Find(uint64_t word);
    bool Fits(uint64_t word) const { return (word & ends) == at_ends; }
    uint64_t ends = 0, at_ends = 1;  // fits nothing
    uint64_t masks[3] = {};          // of each field, without the highest bits of its bytes
    int begins[3] = {};              // in bits
    int bytes = 0;
  };
  static constexpr uint64_t kContinues = 0x8080808080808080;  // the highest bit of each byte

  // The low seven bits of each byte, moved together.
  static uint64_t JoinSevens(uint64_t bytes) {
    bytes = (bytes & 0x007f007f007f007f) | (bytes & 0x7f007f007f007f00) >> 1;
    bytes = (bytes & 0x00003fff00003fff) | (bytes & 0x3fff00003fff0000) >> 2;
    return (bytes & 0x000000000fffffff) | (bytes & 0x0fffffff00000000) >> 4;
  }
  static uint64_t LoadLittleEndian(const uint8_t* at) {
    static_assert(std::endian::native == std::endian::little);
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    return word;
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

// The next three are looked for where the last three ended, without waiting for their lengths: a processor guesses that they are alike.
template <typename Each>
size_t ByteReader::UvarintTriples(size_t count, Each each) {
  TripleLayout layout;
  const uint8_t* at = at_;
  size_t read = 0;
  for (; read < count && end_ - at >= 8; ++read) {
    const uint64_t word = LoadLittleEndian(at);
    if (!layout.Fits(word) && !layout.Find(word)) break;
    each(JoinSevens(word & layout.masks[0]), JoinSevens(word >> layout.begins[1] & layout.masks[1]),
         JoinSevens(word >> layout.begins[2] & layout.masks[2]));
    at += layout.bytes;
  }
  at_ = at;
  return read;
}

}  // namespace varve
