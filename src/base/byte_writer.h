// Appends the numbers of Prometheus' file formats to a buffer; the counterpart of ByteReader.
//
// Shape    fixed-width numbers are big endian; uvarint and varint (zig-zag) are as in Go's encoding/binary.
// Threads  one at a time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/bytes.h"

namespace varve {

class ByteWriter {
 public:
  const ByteBuffer& buffer() const { return buffer_; }
  Bytes bytes() const { return buffer_; }
  size_t size() const { return buffer_.size(); }
  void Clear() { buffer_.clear(); }
  ByteBuffer Release() { return std::move(buffer_); }

  void U8(uint8_t value) { buffer_.push_back(static_cast<std::byte>(value)); }
  void U16(uint16_t value) { Fixed<2>(value); }
  void U32(uint32_t value) { Fixed<4>(value); }
  void U64(uint64_t value) { Fixed<8>(value); }
  void F64(double value) { U64(std::bit_cast<uint64_t>(value)); }
  void Uvarint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) U8(static_cast<uint8_t>(value | 0x80));
    U8(static_cast<uint8_t>(value));
  }
  void Varint(int64_t value) { Uvarint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63)); }
  // By pointers: g++ 12 copies a range of span iterators byte by byte.
  void Append(Bytes bytes) { buffer_.insert(buffer_.end(), bytes.data(), bytes.data() + bytes.size()); }
  void UvarintText(std::string_view text) {
    Uvarint(text.size());
    Append(AsBytes(text));
  }
  void PadTo(size_t alignment) {
    while (buffer_.size() % alignment != 0) U8(0);
  }
  // Overwrites four bytes written before, for lengths known only afterwards.
  void PatchU32(size_t offset, uint32_t value) {
    for (int i = 0; i < 4; ++i) buffer_[offset + static_cast<size_t>(i)] = static_cast<std::byte>(value >> (24 - 8 * i));
  }

 private:
  template <int kWidth>
  void Fixed(uint64_t value) {
    for (int shift = 8 * (kWidth - 1); shift >= 0; shift -= 8) U8(static_cast<uint8_t>(value >> shift));
  }
  ByteBuffer buffer_;
};

}  // namespace varve
