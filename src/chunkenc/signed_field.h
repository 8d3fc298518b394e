// Signed numbers in n bits as Prometheus' chunks hold them: from -2^(n-1)+1 to 2^(n-1), one step above two's complement.
// Source   prometheus tsdb/docs/bstream.md; tsdb/chunkenc/xor.go, bitRange.
#pragma once

#include <cstdint>

namespace varve {

constexpr bool FitsSignedField(int64_t value, unsigned bits) {
  const int64_t half = int64_t{1} << (bits - 1);
  return -half < value && value <= half;
}

// What to write for a number that fits; bits < 64.
constexpr uint64_t ToSignedField(int64_t value, unsigned bits) {
  return static_cast<uint64_t>(value) & ((uint64_t{1} << bits) - 1);
}

// The number in the highest `bits` of `window`.
constexpr int64_t FromSignedField(uint64_t window, unsigned bits) {
  const uint64_t one = uint64_t{1} << (64 - bits);
  return (static_cast<int64_t>(window - one) >> (64 - bits)) + 1;
}

}  // namespace varve
