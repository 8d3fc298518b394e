// Varbits: the variable-length integers of histogram chunks and of start timestamps. Small numbers are the common ones.
//
//   0                  zero
//   10       +3 bits   | 110      +6  | 1110    +9  | 11110    +12 | 111110 +18 | 1111110 +25 | 11111110 +56
//   11111111 +64 bits  anything
//
// Shape    the signed form holds fields as in signed_field.h, the unsigned form plain numbers.
// Source   prometheus tsdb/chunkenc/varbit.go.
#pragma once

#include <bit>
#include <cstdint>

#include "chunkenc/bit_reader.h"
#include "chunkenc/bit_writer.h"
#include "chunkenc/signed_field.h"

namespace varve {

inline constexpr unsigned kVarbitWidths[] = {0, 3, 6, 9, 12, 18, 25, 56};  // by the number of ones in front

inline uint64_t ReadVarbitUint(BitReader& reader) {
  const uint64_t window = reader.Peek64();
  const unsigned ones = static_cast<unsigned>(std::countl_one(window));
  if (ones == 0) return reader.Skip(1), 0;
  if (ones >= 8) return reader.Skip(8), reader.Read(64);
  const unsigned width = kVarbitWidths[ones];
  reader.Skip(ones + 1 + width);
  return window << (ones + 1) >> (64 - width);
}

inline int64_t ReadVarbitInt(BitReader& reader) {
  const uint64_t window = reader.Peek64();
  const unsigned ones = static_cast<unsigned>(std::countl_one(window));
  if (ones == 0) return reader.Skip(1), 0;
  if (ones >= 8) return reader.Skip(8), static_cast<int64_t>(reader.Read(64));
  const unsigned width = kVarbitWidths[ones];
  reader.Skip(ones + 1 + width);
  return FromSignedField(window << (ones + 1), width);
}

inline void WriteVarbitField(BitWriter& writer, unsigned ones, uint64_t field) {
  const uint64_t prefix = (uint64_t{2} << ones) - 2;
  writer.Write(prefix << kVarbitWidths[ones] | field, ones + 1 + kVarbitWidths[ones]);
}

inline void WriteVarbitUint(BitWriter& writer, uint64_t value) {
  for (unsigned ones = 0; ones < 8; ++ones) {
    if (value >> kVarbitWidths[ones] == 0) return WriteVarbitField(writer, ones, value);
  }
  writer.Write(0xff, 8);
  writer.Write(value, 64);
}

inline void WriteVarbitInt(BitWriter& writer, int64_t value) {
  if (value == 0) return writer.Write(0, 1);
  for (unsigned ones = 1; ones < 8; ++ones) {
    const unsigned width = kVarbitWidths[ones];
    if (FitsSignedField(value, width)) return WriteVarbitField(writer, ones, ToSignedField(value, width));
  }
  writer.Write(0xff, 8);
  writer.Write(static_cast<uint64_t>(value), 64);
}

}  // namespace varve
